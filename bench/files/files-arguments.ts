import { resolve } from 'node:path';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { BenchUsageError } from '../arguments.ts';
import { MODEL_SHAPES, type FileSize } from './model-shapes.ts';

export interface FilesArguments {
  readonly size: FileSize;
  readonly rounds: number;
  /** Part of the names of the cases to measure. */
  readonly filter: string;
  /** Where checkpoints and results lie meanwhile. */
  readonly dir: string;
  /** Handed to `npm run merge`. */
  readonly options: readonly string[];
  readonly out: string | null;
}

export const FILES_USAGE = `npm run bench -- --only files [options]

  --size NAME          small (for tests), real (3 x 1.2 GB) or large (3 x 8 GB, sparse) (default: real)
  --rounds N           timed rounds, after one that is not                       (default: 3)
  --case NAME          cases whose name contains this, e.g. linear or TIES
  --dir DIR            folder for checkpoints and results, removed in the end    (default: the system's)
  --threads N, --memory MB, --executor KIND
                       as for npm run merge                                      (default: cpu)
  --out FILE           where the JSON goes  (default: bench/results/<date>-files[-<size>].json)`;

/** True where the call is for this program. */
export function isForFiles(words: readonly string[]): boolean {
  return words.some(
    (word, i) => word === '--only=files' || (word === '--only' && words[i + 1] === 'files'),
  );
}

/** @throws BenchUsageError naming what is wrong */
export function readFilesArguments(words: readonly string[]): FilesArguments | 'help' {
  const values = parse(words);
  if (values.help === true) return 'help';
  const { size, rounds } = values;
  if (!(size in MODEL_SHAPES)) {
    throw new BenchUsageError(`--size ${size}: must be ${Object.keys(MODEL_SHAPES).join(', ')}.`);
  }
  if (!/^[1-9]\d{0,2}$/.test(rounds)) {
    throw new BenchUsageError(`--rounds ${rounds}: must be a positive whole number.`);
  }
  const { threads, memory, executor } = values;
  const handed = Object.entries({ threads, memory, executor });
  return {
    size: size as FileSize,
    rounds: Number(rounds),
    filter: values.case ?? '',
    dir: resolve(values.dir ?? tmpdir()),
    options: handed.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value])),
    out: values.out ?? null,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        only: { type: 'string' },
        size: { type: 'string', default: 'real' },
        rounds: { type: 'string', default: '3' },
        case: { type: 'string' },
        dir: { type: 'string' },
        threads: { type: 'string' },
        memory: { type: 'string' },
        executor: { type: 'string', default: 'cpu' },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new BenchUsageError(error instanceof Error ? error.message : String(error));
  }
}
