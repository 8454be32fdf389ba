import { FaultList } from '../../io/fault-list.ts';
import type { ByteSource } from '../../io/byte-source.ts';
import { CONFIG_FILE, findModelFolder } from '../../io/import/model-folder.ts';
import {
  compactIdTable,
  type CompactIdConfig,
} from '../../nn/compact-id-model/compact-id-layout.ts';
import { MOST_OF_MODEL } from '../../nn/transformer/hf-config.ts';
import {
  layoutOfConfig,
  MAX_NAMES_BYTES,
  MOST_POSITIONS,
  OWN_HINT,
  readOwnJson,
  readOwnWeights,
  type OwnImportOptions,
  type OwnWeights,
} from './own-folder.ts';
import { readExportedIds } from './read-exported-ids.ts';

/** `model_type` of a compact model's config.json. */
export const COMPACT_TYPE = 'mmgrid-compact-ids';

/** A compact model of a folder, with the ids that its tables stand for. */
export interface ImportedCompact extends OwnWeights {
  readonly config: CompactIdConfig;
  /** Domain → item → codes; empty where the folder names no items. */
  readonly ids: ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Levels and codes of an item, as documents allow them. */
const MOST_LEVELS = 6;
const MOST_CODES = 1024;
const IDS_FILE = 'semantic_ids.json';

/** Whether the folder says that it holds a compact model. @errors as findModelFolder */
export async function isCompactFolder(files: readonly ByteSource[]): Promise<boolean> {
  const folder = findModelFolder(files);
  if (!folder.has(CONFIG_FILE)) return false;
  const { model_type: type } = await readOwnJson(folder, CONFIG_FILE);
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
  options: OwnImportOptions = {},
): Promise<ImportedCompact> {
  const folder = findModelFolder(files);
  const config = readConfig(await readOwnJson(folder, CONFIG_FILE));
  const layout = layoutOfConfig(() => compactIdTable(config).layout);
  const ids = folder.has(IDS_FILE)
    ? readExportedIds(await readOwnJson(folder, IDS_FILE, MAX_NAMES_BYTES), IDS_FILE, config)
    : new Map<string, ReadonlyMap<string, readonly number[]>>();
  const read = await readOwnWeights(folder, layout, 'a compact model', options);
  return { config, ids, ...read };
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
    OWN_HINT,
  );
}
