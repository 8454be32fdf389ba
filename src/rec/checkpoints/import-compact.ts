import { AppError } from '../../core/errors.ts';
import { FaultList } from '../../io/fault-list.ts';
import { readJsonSource, type ByteSource } from '../../io/byte-source.ts';
import { CONFIG_FILE, findModelFolder, findWeightFiles } from '../../io/import/model-folder.ts';
import { openWeights } from '../../io/import/weight-reader.ts';
import {
  compactIdTable,
  type CompactIdConfig,
} from '../../nn/compact-id-model/compact-id-layout.ts';
import { MOST_OF_MODEL } from '../../nn/transformer/hf-config.ts';
import { allocateArena } from './import-checkpoint.ts';
import { readExportedIds } from './read-exported-ids.ts';

/** `model_type` of a compact model's config.json. */
export const COMPACT_TYPE = 'mmgrid-compact-ids';

/** A compact model of a folder, with the ids that its tables stand for. */
export interface ImportedCompact {
  readonly config: CompactIdConfig;
  readonly parameters: Float32Array<ArrayBuffer>;
  /** Bytes of the weights in the files, and the types of their elements. */
  readonly weights: { readonly sizeBytes: number; readonly types: readonly string[] };
  /** Domain → item → codes; empty where the folder names no items. */
  readonly ids: ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;
}

type JsonObject = Readonly<Record<string, unknown>>;

const MAX_CONFIG_BYTES = 16 * 2 ** 20;
const MAX_IDS_BYTES = 256 * 2 ** 20;
/** Rows of the table of positions; levels and codes of an item, as documents allow them. */
const MOST_POSITIONS = 2 ** 20;
const MOST_LEVELS = 6;
const MOST_CODES = 1024;
const IDS_FILE = 'semantic_ids.json';
const HINT = 'Export the model again, and keep the files of a folder together. Nothing was loaded.';

/** Whether the folder says that it holds a compact model. @errors as findModelFolder */
export async function isCompactFolder(files: readonly ByteSource[]): Promise<boolean> {
  const source = findModelFolder(files).get(CONFIG_FILE);
  if (source === undefined) return false;
  const { model_type: type } = await readJsonSource(source, MAX_CONFIG_BYTES);
  return type === COMPACT_TYPE;
}

/**
 * Reads the folder of an exported compact model. Sizes, ids and the headers of the weights are
 * checked before the first weight is read.
 * @errors checkpoint-missing, layout-mismatch, safetensors-invalid, data-invalid, limit-exceeded,
 *   non-finite, aborted
 */
export async function importCompact(
  files: readonly ByteSource[],
  options: {
    readonly signal?: AbortSignal;
    readonly onProgress?: (done: number, total: number) => void;
  } = {},
): Promise<ImportedCompact> {
  const folder = findModelFolder(files);
  const source = folder.get(CONFIG_FILE);
  if (source === undefined) throw missing(CONFIG_FILE);
  const config = readConfig(await readJsonSource(source, MAX_CONFIG_BYTES));
  const { layout } = compactIdTable(config);
  const idSource = folder.get(IDS_FILE);
  const ids =
    idSource === undefined
      ? new Map<string, ReadonlyMap<string, readonly number[]>>()
      : readExportedIds(await readJsonSource(idSource, MAX_IDS_BYTES), IDS_FILE, config);
  const weights = await openWeights(await findWeightFiles(folder));
  matchTensors(layout.entries, weights.shapes);
  const parameters = allocateArena(layout);
  const total = layout.entries.reduce((sum, { name }) => sum + weights.bytesOf(name), 0);
  let done = 0;
  for (const { name, offset, size } of layout.entries) {
    await weights.readInto(name, parameters.subarray(offset, offset + size), options.signal);
    done += weights.bytesOf(name);
    options.onProgress?.(done, total);
  }
  const { bytes: sizeBytes, types } = weights;
  return { config, parameters, ids, weights: { sizeBytes, types } };
}

function missing(name: string): AppError {
  return new AppError('checkpoint-missing', `The folder lacks ${name}.`, {
    hint: HINT,
    faults: [{ place: name, message: 'no such file' }],
  });
}

function readConfig(json: JsonObject): CompactIdConfig {
  const faults = new FaultList();
  const add = (key: string, message: string) => {
    faults.add(`config.json ${key}`, message);
  };
  const { model_type: type } = json;
  if (type !== COMPACT_TYPE) add('model_type', `must be ${COMPACT_TYPE}`);
  const count = (key: string, most: number): number => {
    const value = json[key];
    const isWhole = typeof value === 'number' && Number.isSafeInteger(value);
    if (isWhole && value > 0 && value <= most) return value;
    add(key, `must be a whole number from 1 to ${String(most)}`);
    return 1;
  };
  const positive = (key: string): number => {
    const value = json[key];
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    add(key, 'must be a positive number');
    return 1;
  };
  const flag = (key: string): boolean => {
    const value = json[key];
    if (typeof value !== 'boolean') add(key, 'must be true or false');
    return value === true;
  };
  const config = {
    ...{
      levels: count('id_levels', MOST_LEVELS),
      codesPerLevel: count('codes_per_level', MOST_CODES),
    },
    ...{
      nodes: count('num_prefixes', MOST_OF_MODEL.vocabulary),
      prefixVectors: flag('prefix_vectors'),
    },
    ...{ trieLoss: flag('trie_loss'), width: count('hidden_size', MOST_OF_MODEL.width) },
    ...{
      layers: count('num_hidden_layers', MOST_OF_MODEL.layers),
      heads: count('num_attention_heads', MOST_OF_MODEL.heads),
    },
    ...{
      kvHeads: count('num_key_value_heads', MOST_OF_MODEL.heads),
      headWidth: count('head_dim', MOST_OF_MODEL.width),
    },
    ...{ feedForward: count('intermediate_size', MOST_OF_MODEL.feedForward), qkNorm: false },
    ...{ normEps: positive('rms_norm_eps'), ropeTheta: positive('rope_theta') },
    maxPositions: count('max_position_embeddings', MOST_POSITIONS),
  };
  if (faults.total === 0) return config;
  throw faults.toError(
    'layout-mismatch',
    'The folder holds no compact model of this program.',
    HINT,
  );
}

function matchTensors(
  entries: readonly { readonly name: string; readonly shape: readonly number[] }[],
  shapes: ReadonlyMap<string, readonly number[]>,
): void {
  const faults = new FaultList();
  for (const { name, shape } of entries) {
    const found = shapes.get(name);
    if (found === undefined) faults.add(`tensor "${name}"`, 'is missing');
    else if (found.join() !== shape.join()) {
      const message = `has the shape [${found.join(', ')}]; the sizes say [${shape.join(', ')}]`;
      faults.add(`tensor "${name}"`, message);
    }
  }
  if (faults.total === 0) return;
  throw faults.toError(
    'layout-mismatch',
    'The weights do not have the sizes of config.json.',
    HINT,
  );
}
