import { arenaOfTensors, type ArenaSource } from '../../core/arena-source.ts';
import { AppError, type Fault } from '../../core/errors.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import { tokenizerVocabulary } from '../../io/bpe/tokenizer-vocabulary.ts';
import { FaultList } from '../../io/fault-list.ts';
import { readJsonSource } from '../../io/byte-source.ts';
import type { ByteSource } from '../../io/byte-source.ts';
import { CONFIG_FILE, findModelFolder, findWeightFiles } from '../../io/import/model-folder.ts';
import type { ModelFolder } from '../../io/import/model-folder.ts';
import { openWeights } from '../../io/import/weight-reader.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import { fromHfConfig } from '../../nn/transformer/hf-config.ts';
import { parameterLayout } from '../../nn/transformer/layout.ts';
import { refuseAdapterFolder } from '../../io/import/adapter.ts';
import { matchTensors } from './match-tensors.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** A checkpoint in our layout, with what else its folder says, checked; its weights lie where they were. */
export interface OpenedCheckpoint {
  readonly config: ModelConfig;
  readonly layout: ParameterLayout;
  /** What is read of it is checked for NaN and infinities then. */
  readonly arena: ArenaSource;
  /** Bytes of a tensor in the files. */
  readonly bytesOf: (name: string) => number;
  /** null where the folder has none. */
  readonly tokenizerJson: JsonObject | null;
  readonly tokenizerConfigJson: JsonObject | null;
  /** config.json and generation_config.json as they stand; the latter {} where absent. */
  readonly configJson: JsonObject;
  readonly generationConfigJson: JsonObject;
  /** Tensors of the files that a model of this kind does not need. */
  readonly ignored: readonly string[];
  /** Bytes of the weights in the files, and the types of their elements: `BF16`. */
  readonly weights: { readonly sizeBytes: number; readonly types: readonly string[] };
}

export interface OpenOptions {
  /** Refuse a folder without tokenizer.json. */
  readonly needsTokenizer: boolean;
}

const MAX_JSON_BYTES = 16 * 2 ** 20;
/** The tokenizer of a large vocabulary is 7 to 17 MB. */
const MAX_TOKENIZER_BYTES = 64 * 2 ** 20;

/**
 * Opens a Qwen3- or Llama-shaped checkpoint: configuration, tokenizer and the header of every weight
 * file are checked, no weight is read.
 * @errors checkpoint-missing for a missing file or shard and for an adapter; layout-mismatch for an
 *   architecture we cannot run, for tensors that are missing, unknown or misshapen, and for a
 *   tokenizer larger than the embedding; safetensors-invalid, data-invalid, data-missing for
 *   damaged files
 */
export async function openCheckpoint(
  files: readonly ByteSource[],
  { needsTokenizer }: OpenOptions,
): Promise<OpenedCheckpoint> {
  const folder = findModelFolder(files);
  const described = await readDescription(folder, needsTokenizer);
  const { config, layout } = described;
  const weights = await openWeights(await findWeightFiles(folder));
  const { sources, ignored } = matchTensors(layout, weights.shapes, config.tied);
  const sourceOf = (name: string): string => sources.get(name) ?? name;
  const arena = arenaOfTensors(
    layout,
    ({ name }) =>
      (start, target) =>
        weights.readRange(sourceOf(name), start, target),
  );
  const { bytes: sizeBytes, types } = weights;
  const bytesOf = (name: string): number => weights.bytesOf(sourceOf(name));
  return { ...described, arena, ignored, bytesOf, weights: { sizeBytes, types } };
}

/**
 * Whether a checkpoint can be a base, as far as its files without the weights tell: those of a
 * download can then be refused before gigabytes have come.
 * @errors as openCheckpoint, for configuration and tokenizer
 */
export async function checkDescription(files: readonly ByteSource[]): Promise<void> {
  await readDescription(findModelFolder(files), true);
}

/**
 * Whether a checkpoint can be a base, its weights' headers included; no weight is read.
 * @errors as openCheckpoint
 */
export async function checkCheckpoint(files: readonly ByteSource[]): Promise<void> {
  await openCheckpoint(files, { needsTokenizer: true });
}

async function readDescription(folder: ModelFolder, needsTokenizer: boolean) {
  await refuseAdapterFolder(folder);
  const json = async (name: string, maxBytes = MAX_JSON_BYTES): Promise<JsonObject | null> => {
    const source = folder.get(name);
    return source === undefined ? null : readJsonSource(source, maxBytes);
  };
  const configJson = (await json(CONFIG_FILE)) ?? {};
  const config = fromHfConfig(configJson);
  const layout = layoutOfImport(config);
  const tokenizerJson = await json('tokenizer.json', MAX_TOKENIZER_BYTES);
  checkTokenizer(tokenizerJson, config, needsTokenizer);
  const tokenizerConfigJson = await json('tokenizer_config.json');
  if (needsTokenizer) {
    refuseUnstorable('tokenizer.json', tokenizerJson);
    refuseUnstorable('tokenizer_config.json', tokenizerConfigJson);
  }
  const generationConfigJson = (await json('generation_config.json')) ?? {};
  return { config, layout, tokenizerJson, tokenizerConfigJson, configJson, generationConfigJson };
}

/** The layout, with an error that speaks of the file instead of the experiment. */
function layoutOfImport(config: ModelConfig): ParameterLayout {
  try {
    return parameterLayout(config);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('layout-mismatch', `config.json: ${message}`, {
      hint: 'The kernels do not run these sizes. Nothing was loaded.',
      faults: [{ place: 'config.json', message }],
      cause,
    });
  }
}

function checkTokenizer(json: JsonObject | null, config: ModelConfig, isNeeded: boolean): void {
  if (json === null) {
    if (!isNeeded) return;
    throw new AppError('checkpoint-missing', 'The folder lacks tokenizer.json.', {
      hint: 'Add the tokenizer.json of the same model to the folder. Nothing was loaded.',
      faults: [{ place: 'tokenizer.json', message: 'no such file' }],
    });
  }
  const { size } = tokenizerVocabulary(json);
  if (size <= config.vocabSize) return;
  const faults = new FaultList();
  faults.add(
    'tokenizer.json',
    `uses ids up to ${String(size - 1)}, the embedding has ${String(config.vocabSize)} rows`,
  );
  throw faults.toError(
    'layout-mismatch',
    'The tokenizer has more tokens than the model.',
    'Take config.json, weights and tokenizer.json from one checkpoint. Nothing was loaded.',
  );
}

/** What no tokenizer needs: programs that go through all of a file call themselves once a level. */
const MOST_LEVELS = 64;

/** A tokenizer is stored with the models trained from it and decides their ids: it has to be plain JSON. */
function refuseUnstorable(path: string, json: JsonObject | null): void {
  const fault = unstorableIn(json, path, 0);
  if (fault === null) return;
  throw new AppError('data-invalid', `${path} holds what cannot be stored with a model.`, {
    hint: 'Take the file that belongs to the model. Nothing was loaded.',
    faults: [fault],
  });
}

function unstorableIn(value: unknown, place: string, level: number): Fault | null {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? null : { place, message: 'is an infinite number' };
  }
  if (typeof value !== 'object' || value === null) return null;
  if (level > MOST_LEVELS) return { place, message: 'is nested too deeply' };
  for (const [name, own] of Object.entries(value)) {
    const found = unstorableIn(own, level < 3 ? `${place}: ${name}` : place, level + 1);
    if (found !== null) return found;
  }
  return null;
}

/** @errors limit-exceeded when it does not fit the memory */
export function allocateArena(layout: ParameterLayout): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(layout.length);
  } catch (cause) {
    const gigabytes = ((4 * layout.length) / 1e9).toFixed(1);
    throw new AppError('limit-exceeded', `The model needs ${gigabytes} GB of memory as float32.`, {
      hint: 'Choose a smaller checkpoint. Nothing was loaded.',
      cause,
    });
  }
}
