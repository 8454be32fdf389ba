import { AppError } from '../../core/errors.ts';
import { tokenizerVocabulary } from '../../io/bpe/tokenizer-vocabulary.ts';
import { readJsonSource, type ByteSource } from '../../io/byte-source.ts';
import { CONFIG_FILE, findWeightFiles } from '../../io/import/model-folder.ts';
import { openTensors, type StoredTensor } from '../../io/import/tensor-reader.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** What of a model's tensor is known without reading it. */
export interface TensorFacts {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** What a merge is planned from. A step's result has one before it exists. */
export interface Inventory {
  /** As the recipe names the model. */
  readonly reference: string;
  readonly tensors: ReadonlyMap<string, TensorFacts>;
  readonly config: JsonObject | null;
  /** Token → row; null where there is no tokenizer.json. */
  readonly vocabulary: ReadonlyMap<string, number> | null;
}

/** A checkpoint whose tensors can be read. */
export interface Checkpoint extends Inventory {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** All files of its folder by name; a single file has none beside it. */
  readonly files: ReadonlyMap<string, ByteSource>;
}

const MAX_CONFIG_BYTES = 4 * 2 ** 20;
const MAX_TOKENIZER_BYTES = 128 * 2 ** 20;
export const TOKENIZER_FILE = 'tokenizer.json';

/**
 * Opens a model of any architecture: a folder (model.safetensors, or shards with their index), or
 * one safetensors file. Reads headers, config.json and, if asked, the vocabulary; no weight.
 * @param files of one folder; paths may have folders in front
 * @errors checkpoint-missing, data-invalid, safetensors-invalid, data-missing
 */
export async function openCheckpoint(
  reference: string,
  files: readonly ByteSource[],
  wantsVocabulary: boolean,
): Promise<Checkpoint> {
  const [only] = files;
  if (files.length === 1 && only?.path.endsWith('.safetensors') === true) {
    const tensors = await openTensors([{ source: only, tensors: null }]);
    return { reference, tensors, config: null, vocabulary: null, files: new Map() };
  }
  const folder = new Map(files.map((file) => [file.path.split('/').at(-1) ?? '', file]));
  if (folder.size < files.length) {
    throw new AppError('data-invalid', `${reference}: the files of several folders are mixed.`, {
      hint: 'Give the folder that holds the checkpoint itself.',
    });
  }
  const tensors = await openTensors(await findWeightFiles(folder));
  const config = folder.get(CONFIG_FILE);
  const tokenizer = wantsVocabulary ? folder.get(TOKENIZER_FILE) : undefined;
  return {
    reference,
    tensors,
    config: config === undefined ? null : await readJsonSource(config, MAX_CONFIG_BYTES),
    vocabulary:
      tokenizer === undefined
        ? null
        : tokenizerVocabulary(await readJsonSource(tokenizer, MAX_TOKENIZER_BYTES)).ids,
    files: folder,
  };
}

/** Name under which a model keeps a tensor; a tied head is its embedding. Null when it has none. */
export function storedName(
  { tensors }: Pick<Inventory, 'tensors'>,
  name: string,
  tiedTo: string | null,
): string | null {
  if (tensors.has(name)) return name;
  return tiedTo !== null && tensors.has(tiedTo) ? tiedTo : null;
}
