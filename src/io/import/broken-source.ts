import { AppError, toAppError, type Fault } from '../../core/errors.ts';
import type { ByteSource } from '../byte-source.ts';

/**
 * A file that is listed but cannot be read, such as a link to nothing.
 * @param problem to stand after its name: `is a link to …, which does not exist`
 */
export function brokenSource(path: string, problem: string): ByteSource {
  return { path, size: 0, problem, read: () => Promise.reject(brokenFile(path, problem)) };
}

/** The files that can be read, and what is wrong with the others. */
export function withoutBroken(files: readonly ByteSource[]): {
  readonly usable: readonly ByteSource[];
  readonly broken: readonly Fault[];
} {
  return {
    usable: files.filter(({ problem }) => problem === undefined),
    broken: files.flatMap(({ path, problem }) =>
      problem === undefined ? [] : [{ place: path, message: problem }],
    ),
  };
}

/** An error of reading a folder, with the files that were missing because they cannot be read. */
export function namingBroken(error: unknown, broken: readonly Fault[]): AppError {
  const known = toAppError(error);
  if (broken.length === 0) return known;
  const named = broken.map(({ place, message }) => `${place} ${message}.`).join(' ');
  return new AppError(known.code, known.message, {
    hint: `${named} ${known.hint}`.trim(),
    faults: [...known.faults, ...broken],
    details: known.details,
    cause: error,
  });
}

/** What a model is understood by, or takes along. Other files are nobody's loss. */
const SETTINGS =
  /^(?:(?:generation_|tokenizer_|preprocessor_)?config\.json|tokenizer\.|special_tokens_map\.|chat_template\.|vocab\.|merges\.|added_tokens\.)/;

/**
 * Notes of the broken files that a model has to do without.
 * @errors data-missing for config.json, and for the vocabulary where it is needed
 */
export function leftOut(broken: readonly Fault[], needsVocabulary: boolean): Fault[] {
  return broken.flatMap(({ place, message }): Fault[] => {
    const name = place.split('/').at(-1) ?? '';
    if (name === 'config.json' || (name === 'tokenizer.json' && needsVocabulary)) {
      throw brokenFile(place, message);
    }
    return SETTINGS.test(name) ? [{ place, message: `${message}: left out.` }] : [];
  });
}

function brokenFile(path: string, problem: string): AppError {
  return new AppError('data-missing', `${path} ${problem}.`, {
    hint: 'Put the file itself in its place. Nothing was loaded.',
    faults: [{ place: path, message: problem }],
  });
}
