import { AppError } from '../../core/errors.ts';
import { sha256Hex } from '../../core/hash.ts';
import { refuseAdapterFolder, refuseAdapterTensors } from '../../io/import/adapter.ts';
import { readJsonSource, type ByteSource } from '../../io/byte-source.ts';
import { CONFIG_FILE, findWeightFiles } from '../../io/import/model-folder.ts';
import { packedWeights, quantisationOf } from '../../io/import/quantisation.ts';
import { openTensors, type StoredTensor } from '../../io/import/tensor-reader.ts';
import { chatTemplateOf } from '../folder/chat-template.ts';
import type { JsonObject } from '../folder/language-config.ts';
import { NO_TOKENIZER, openTokenizerFacts, type TokenizerFacts } from './tokens/open-tokenizer.ts';
import { headFacts, type HeadFacts } from './models/own-head.ts';

export type { JsonObject };

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
  readonly generationConfig: JsonObject | null;
  readonly tokenizer: TokenizerFacts;
  readonly chatTemplate: string | null;
  readonly head: HeadFacts;
  /** Digest of what names the rows of a model without tokens; null where nothing does. */
  readonly rowNames: string | null;
}

/** A checkpoint whose tensors can be read. */
export interface Checkpoint extends Inventory {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** All files of its folder by name; a single file has none beside it. */
  readonly files: ReadonlyMap<string, ByteSource>;
}

const MAX_CONFIG_BYTES = 4 * 2 ** 20;
export const GENERATION_FILE = 'generation_config.json';
/** Items and values behind the rows of our behaviour models' tables. */
export const ROW_NAMES_FILE = 'vocabulary.json';
const ROW_NAMED_TYPE = 'mmgrid-behaviour';

/**
 * Opens a model of any architecture: a folder (model.safetensors, or shards with their index), or
 * one safetensors file. Reads headers, settings and the vocabulary; no weight, but for a head that
 * may be the embedding.
 * @param files of one folder; paths may have folders in front
 * @param wantsTemplate for recipes that choose among the models' templates
 * @errors checkpoint-missing (an adapter, too), data-invalid (quantised weights, too),
 *   safetensors-invalid, data-missing
 */
export async function openCheckpoint(
  reference: string,
  files: readonly ByteSource[],
  wantsTemplate = false,
): Promise<Checkpoint> {
  const [only] = files;
  if (files.length === 1 && only?.path.endsWith('.safetensors') === true) {
    const tensors = await openTensors([{ source: only, tensors: null }]);
    checkWeights(only.path, null, tensors);
    return {
      ...{ reference, tensors, config: null, generationConfig: null, chatTemplate: null },
      tokenizer: NO_TOKENIZER,
      head: await headFacts(tensors, null),
      rowNames: null,
      files: new Map(),
    };
  }
  const folder = new Map(files.map((file) => [file.path.split('/').at(-1) ?? '', file]));
  if (folder.size < files.length) {
    throw new AppError('data-invalid', `${reference}: the files of several folders are mixed.`, {
      hint: 'Give the folder that holds the checkpoint itself.',
    });
  }
  await refuseAdapterFolder(folder);
  const weights = await findWeightFiles(folder);
  const tensors = await openTensors(weights);
  const json = async (name: string): Promise<JsonObject | null> => {
    const file = folder.get(name);
    return file === undefined ? null : readJsonSource(file, MAX_CONFIG_BYTES);
  };
  const config = await json(CONFIG_FILE);
  checkWeights(weights[0]?.source.path ?? reference, config, tensors);
  return {
    ...{ reference, tensors, config },
    generationConfig: await json(GENERATION_FILE),
    tokenizer: await openTokenizerFacts(folder),
    chatTemplate: wantsTemplate ? await chatTemplateOf(folder) : null,
    head: await headFacts(tensors, config),
    rowNames: config?.['model_type'] === ROW_NAMED_TYPE ? await digestOf(folder) : null,
    files: folder,
  };
}

async function digestOf(folder: ReadonlyMap<string, ByteSource>): Promise<string | null> {
  const file = folder.get(ROW_NAMES_FILE);
  return file === undefined ? null : sha256Hex(await file.read(0, file.size));
}

/** Packed weights and factors of adapters look like tensors, and are none. */
function checkWeights(
  path: string,
  config: JsonObject | null,
  tensors: ReadonlyMap<string, StoredTensor>,
): void {
  const scheme = quantisationOf(config, tensors);
  if (scheme !== null) throw packedWeights(path, scheme);
  refuseAdapterTensors(path, tensors.keys());
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
