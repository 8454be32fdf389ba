import { AppError } from '../../core/errors.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import { FaultList } from '../../io/fault-list.ts';
import { readJsonSource, type ByteSource } from '../../io/byte-source.ts';
import {
  CONFIG_FILE,
  findModelFolder,
  findWeightFiles,
  type ModelFolder,
} from '../../io/import/model-folder.ts';
import { openWeights } from '../../io/import/weight-reader.ts';
import {
  behaviourTable,
  feedForwardOf,
  type BehaviourConfig,
} from '../../nn/behaviour-model/behaviour-layout.ts';
import { ACTIVATION_HIDDEN } from '../../nn/din-model/din-layout.ts';
import { MOST_OF_MODEL } from '../../nn/transformer/hf-config.ts';
import type { BehaviourCheckpoint } from '../behaviour/align-behaviour.ts';
import { readVocabulary } from '../behaviour/read-vocabulary.ts';
import { allocateArena } from './import-checkpoint.ts';

/** `model_type` of a behaviour model's config.json. */
export const BEHAVIOUR_TYPE = 'mmgrid-behaviour';

/** What the rows of an exported behaviour model's tables mean: the key to use it on other data. */
export const VOCABULARY_FILE = 'vocabulary.json';

/** Norms and positions of every behaviour model, as its config.json says them. */
export const BEHAVIOUR_CONSTANTS = { rms_norm_eps: 1e-5, rope_theta: 10_000 } as const;

/** A behaviour model of a folder, without its click head. */
export interface ImportedBehaviourFiles extends BehaviourCheckpoint {
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly layout: ParameterLayout;
  /** Tensors of the click head: they stay in the files. */
  readonly ignored: readonly string[];
  /** Bytes of the weights in the files, and the types of their elements. */
  readonly weights: { readonly sizeBytes: number; readonly types: readonly string[] };
}

type JsonObject = Readonly<Record<string, unknown>>;

const MAX_CONFIG_BYTES = 16 * 2 ** 20;
const MAX_VOCABULARY_BYTES = 256 * 2 ** 20;
/** Rows of the table of positions. */
const MOST_POSITIONS = 2 ** 20;
const MOST_FEATURES = 256;
const HEAD_PREFIX = 'click_head.';
const HINT = 'Export the model again, and keep the files of a folder together. Nothing was loaded.';

/** Whether the folder says that it holds a behaviour model. @errors as findModelFolder */
export async function isBehaviourFolder(files: readonly ByteSource[]): Promise<boolean> {
  const { model_type: type } = await readJson(findModelFolder(files), CONFIG_FILE);
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
  options: {
    readonly signal?: AbortSignal;
    readonly onProgress?: (done: number, total: number) => void;
  } = {},
): Promise<ImportedBehaviourFiles> {
  const folder = findModelFolder(files);
  const config = readConfig(await readJson(folder, CONFIG_FILE));
  const layout = tableOf(config);
  const vocabulary = readVocabulary(
    await readJson(folder, VOCABULARY_FILE, MAX_VOCABULARY_BYTES),
    config,
  );
  const weights = await openWeights(await findWeightFiles(folder));
  const ignored = matchTensors(layout, weights.shapes);
  const parameters = allocateArena(layout);
  const total = layout.entries.reduce((sum, { name }) => sum + weights.bytesOf(name), 0);
  let done = 0;
  for (const { name, offset, size } of layout.entries) {
    await weights.readInto(name, parameters.subarray(offset, offset + size), options.signal);
    done += weights.bytesOf(name);
    options.onProgress?.(done, total);
  }
  const { bytes: sizeBytes, types } = weights;
  return { config, vocabulary, layout, parameters, ignored, weights: { sizeBytes, types } };
}

async function readJson(folder: ModelFolder, name: string, maxBytes = MAX_CONFIG_BYTES) {
  const source = folder.get(name);
  if (source !== undefined) return readJsonSource(source, maxBytes);
  throw new AppError('checkpoint-missing', `The folder lacks ${name}.`, {
    hint: HINT,
    faults: [{ place: name, message: 'no such file' }],
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
    HINT,
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
      ((typeof one === 'object' ? one : null) as {
        name?: unknown;
        values?: unknown;
      } | null) ?? {};
    const isFeature = typeof name === 'string' && isCount(values, MOST_OF_MODEL.vocabulary);
    if (isFeature) return [{ name, values }];
    faults.add(`config.json features[${String(index)}]`, 'must have a name and a number of values');
    return [];
  });
}

/** The layout, with an error that speaks of the file instead of the experiment. */
function tableOf(config: BehaviourConfig): ParameterLayout {
  try {
    return behaviourTable(config, false).layout;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('layout-mismatch', `config.json: ${message}`, {
      hint: 'The kernels do not run these sizes. Nothing was loaded.',
      faults: [{ place: CONFIG_FILE, message }],
      cause,
    });
  }
}

/** @returns names of the click head's tensors */
function matchTensors(
  layout: ParameterLayout,
  shapes: ReadonlyMap<string, readonly number[]>,
): readonly string[] {
  if (shapes.has(ACTIVATION_HIDDEN)) {
    throw new AppError('layout-mismatch', 'The folder holds a DIN, which is not pretrained.', {
      hint: 'Choose a pretrained model or a cell of the transformer. Nothing was loaded.',
    });
  }
  const faults = new FaultList();
  for (const { name, shape } of layout.entries) {
    const found = shapes.get(name);
    const place = `tensor "${name}"`;
    if (found === undefined) faults.add(place, 'is missing');
    else if (found.join() !== shape.join()) {
      faults.add(place, `is [${found.join(', ')}], config.json asks for [${shape.join(', ')}]`);
    }
  }
  const wanted = new Set(layout.entries.map(({ name }) => name));
  const rest = [...shapes.keys()].filter((name) => !wanted.has(name));
  for (const name of rest) {
    if (!name.startsWith(HEAD_PREFIX))
      faults.add(`tensor "${name}"`, 'is no part of a behaviour model of these sizes');
  }
  if (faults.total === 0) return rest;
  throw faults.toError(
    'layout-mismatch',
    `${String(faults.total)} tensors do not fit the model of config.json.`,
    HINT,
  );
}
