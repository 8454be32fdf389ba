import { AppError } from '../../core/errors.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import { FaultList } from '../../io/fault-list.ts';
import type { ByteSource } from '../../io/byte-source.ts';
import { CONFIG_FILE, findModelFolder } from '../../io/import/model-folder.ts';
import {
  behaviourTable,
  feedForwardOf,
  type BehaviourConfig,
} from '../../nn/behaviour-model/behaviour-layout.ts';
import { ACTIVATION_HIDDEN } from '../../nn/din-model/din-layout.ts';
import { MOST_OF_MODEL } from '../../nn/transformer/hf-config.ts';
import type { BehaviourCheckpoint } from '../behaviour/align-behaviour.ts';
import { readVocabulary } from '../behaviour/read-vocabulary.ts';
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

/** `model_type` of a behaviour model's config.json. */
export const BEHAVIOUR_TYPE = 'mmgrid-behaviour';

/** What the rows of an exported behaviour model's tables mean: the key to use it on other data. */
export const VOCABULARY_FILE = 'vocabulary.json';

/** Norms and positions of every behaviour model, as its config.json says them. */
export const BEHAVIOUR_CONSTANTS = { rms_norm_eps: 1e-5, rope_theta: 10_000 } as const;

/** A behaviour model of a folder; the tensors of its click head stay in the files. */
export interface ImportedBehaviourFiles
  extends Omit<BehaviourCheckpoint, 'parameters'>, OwnWeights {
  readonly layout: ParameterLayout;
}

type JsonObject = Readonly<Record<string, unknown>>;

const MOST_FEATURES = 256;
const HEAD_PREFIX = 'click_head.';

/** Whether the folder says that it holds a behaviour model. @errors as findModelFolder */
export async function isBehaviourFolder(files: readonly ByteSource[]): Promise<boolean> {
  const { model_type: type } = await readOwnJson(findModelFolder(files), CONFIG_FILE);
  return type === BEHAVIOUR_TYPE;
}

/**
 * Reads the folder of an exported behaviour model: tables and blocks, whichever head it has. Sizes,
 * vocabulary and the headers of the weights are checked before the first weight is read.
 * @errors checkpoint-missing, layout-mismatch, safetensors-invalid, data-invalid, data-missing,
 *   non-finite, limit-exceeded, aborted
 */
export async function importBehaviour(
  files: readonly ByteSource[],
  options: OwnImportOptions = {},
): Promise<ImportedBehaviourFiles> {
  const folder = findModelFolder(files);
  const config = readConfig(await readOwnJson(folder, CONFIG_FILE));
  const layout = layoutOfConfig(() => behaviourTable(config, false).layout);
  const vocabulary = readVocabulary(
    await readOwnJson(folder, VOCABULARY_FILE, MAX_NAMES_BYTES),
    config,
  );
  const read = await readOwnWeights(folder, layout, 'a behaviour model', options, isOfHead);
  return { config, vocabulary, layout, ...read };
}

/** @errors layout-mismatch for a DIN: its tables alone are no pretrained model */
function isOfHead(name: string, shapes: ReadonlyMap<string, unknown>): boolean {
  if (!shapes.has(ACTIVATION_HIDDEN)) return name.startsWith(HEAD_PREFIX);
  throw new AppError('layout-mismatch', 'The folder holds a DIN, which is not pretrained.', {
    hint: 'Choose a pretrained model or a cell of the transformer. Nothing was loaded.',
  });
}

function readConfig(json: JsonObject): BehaviourConfig {
  const faults = new FaultList();
  const count = (key: string, most: number): number => {
    const value = json[key];
    if (isCount(value, most)) return value;
    faults.add(`config.json ${key}`, `must be a whole number from 1 to ${String(most)}`);
    return 1;
  };
  const config = {
    items: count('num_items', MOST_OF_MODEL.vocabulary),
    features: readFeatures(json['features'], faults),
    numeric: 0,
    width: count('hidden_size', MOST_OF_MODEL.width),
    layers: count('num_hidden_layers', MOST_OF_MODEL.layers),
    heads: count('num_attention_heads', MOST_OF_MODEL.heads),
    maxPositions: count('max_position_embeddings', MOST_POSITIONS),
  };
  const fixed = { ...BEHAVIOUR_CONSTANTS, intermediate_size: feedForwardOf(config.width) };
  for (const [key, value] of Object.entries(fixed)) {
    if (json[key] !== value) faults.add(`config.json ${key}`, `must be ${String(value)}`);
  }
  if (faults.total === 0) return config;
  throw faults.toError(
    'layout-mismatch',
    'config.json does not describe a behaviour model that can run here.',
    OWN_HINT,
  );
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 && value <= most;
}

function readFeatures(value: unknown, faults: FaultList): BehaviourConfig['features'] {
  if (!Array.isArray(value)) {
    faults.add('config.json features', 'must be a list');
    return [];
  }
  if (value.length > MOST_FEATURES) {
    faults.add('config.json features', `must be at most ${String(MOST_FEATURES)}`);
    return [];
  }
  return value.flatMap((one: unknown, index) => {
    const { name, values } =
      (one as Partial<Record<'name' | 'values', unknown>> | null | undefined) ?? {};
    const isFeature = typeof name === 'string' && isCount(values, MOST_OF_MODEL.vocabulary);
    if (isFeature) return [{ name, values }];
    faults.add(`config.json features[${String(index)}]`, 'must have a name and a number of values');
    return [];
  });
}
