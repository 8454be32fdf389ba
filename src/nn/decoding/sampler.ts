import { AppError } from '../../core/errors.ts';
import { nameToKey, threefry2x32 } from '../../core/rng.ts';
import { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type DeviceBuffer, type Executor } from '../../compute/executor.ts';
import { bindableElements } from '../../compute/limits.ts';
import { CachedDecoder, PromptBuffers } from './cached-decoder.ts';
import type { ModelConfig } from '../transformer/config.ts';
import { Graph } from '../graph/graph.ts';
import { EMBEDDING, HEAD } from '../transformer/layout.ts';
import { NOT_FINITE, sampleTokens } from '../ops/sample.ts';
import type { ParameterViews } from '../graph/parameters.ts';
import { compileStages, type StagedPlan, type ValueMemory } from '../graph/plan.ts';

export interface SamplerSizes {
  /** Users decoded together. */
  readonly users: number;
  /** Prompt positions (padded at the end). */
  readonly length: number;
  /** Continuations of each prompt. */
  readonly samples: number;
  /** Of a continuation, the stop token included. */
  readonly maxTokens: number;
  /** 0 takes the likeliest token, the smaller one among equals; then one sample is enough. */
  readonly temperature: number;
  /** Ends a continuation: what follows it is stop tokens. */
  readonly stopToken: number;
  /** Bytes the logits may take at a time; 32 MiB when absent. */
  readonly logitsBytes?: number;
}

/** What a run samples from. */
export interface SamplerRun {
  /** u32[users * length]. */
  readonly prompts: Uint32Array;
  /** u32[users], each 1 … length. */
  readonly lengths: Uint32Array;
  /** u32[users]: draws are a function of (seed, user id, sample, step), whoever else is there. */
  readonly userIds: Uint32Array;
  readonly seed: number;
}

/** A compiled sampler: prompts once, then token after token on the device. */
export interface Sampler {
  /**
   * @returns tokens u32[users * samples * maxTokens]
   * @errors non-finite, device-lost
   */
  run(input: SamplerRun): Promise<Uint32Array>;
  readonly plan: StagedPlan;
  destroy(): void;
}

/** Steps between two looks at whether all continuations have ended. */
const STEPS_PER_LOOK = 8;
const MAX_TOKENS = 256;
/** Below it 1 / temperature would be out of the range of logits. */
const MIN_TEMPERATURE = 1e-3;
const LOGITS_BYTES = 32 * 2 ** 20;

/**
 * Samples continuations from softmax(logits / temperature) with a KV cache over the prompt and the
 * continuation's own tokens. Nothing is read back between the tokens but, every eighth, whether
 * there is anything left to do; the last tokens of long limits cost nothing then.
 * @errors invalid-argument, limit-exceeded, device-lost
 */
export async function createSampler(
  executor: Executor,
  memory: ValueMemory,
  config: ModelConfig,
  parameters: ParameterViews,
  shared: { readonly ropeTable: DeviceBuffer },
  sizes: SamplerSizes,
): Promise<Sampler> {
  checkSizes(config, sizes);
  const { users, length, samples, maxTokens } = sizes;
  const draws = users * samples;
  const stateStride = maxTokens + 1;
  const scope = new BufferScope(executor);
  try {
    const buffers: SamplerBuffers = {
      prompts: new PromptBuffers(scope, users, length),
      keys: scope.allocate('sample keys', 'u32', 2 * draws),
      sampled: scope.allocate('samples', 'u32', draws * maxTokens),
      state: scope.allocate('sample state', 'i32', draws * stateStride),
    };
    // Continuations are never reordered: the tokens of row r stand in row r of every step.
    const rows = new Int32Array(draws * stateStride).map((_, i) => Math.floor(i / stateStride));
    executor.write(buffers.state, rows);
    const { graph, cuts } = buildGraph(executor, config, parameters, shared, sizes, buffers);
    const label = `sample ${String(users)}x${String(length)}`;
    const plan = await compileStages(label, graph, executor, memory, cuts);
    return {
      plan,
      run: (input) => runSampler(executor, plan, buffers, sizes, input),
      destroy() {
        plan.destroy();
        scope.destroy();
      },
    };
  } catch (error) {
    scope.destroy();
    throw error;
  }
}

interface SamplerBuffers {
  readonly prompts: PromptBuffers;
  readonly keys: DeviceBuffer;
  readonly sampled: DeviceBuffer;
  readonly state: DeviceBuffer;
}

/** Prefill and all steps; a cut after every STEPS_PER_LOOK tokens. */
function buildGraph(
  executor: Executor,
  config: ModelConfig,
  parameters: ParameterViews,
  shared: { readonly ropeTable: DeviceBuffer },
  sizes: SamplerSizes,
  buffers: SamplerBuffers,
): { graph: Graph; cuts: number[] } {
  const { users, length, samples, maxTokens, stopToken, temperature } = sizes;
  const { width, vocabSize: vocabulary, tied } = config;
  const { prompts, keys, sampled, state } = buffers;
  const draws = users * samples;
  const graph = new Graph();
  const decoder = new CachedDecoder(graph, config, parameters, shared.ropeTable, prompts, {
    ...{ users, length, rowsPerUser: samples, steps: maxTokens - 1, stateStride: maxTokens + 1 },
  });
  const head = parameters.table(tied ? EMBEDDING : HEAD);
  const inputs = {
    keys: viewOf(keys),
    lengths: viewOf(prompts.lengths),
    sampled: viewOf(sampled),
  };
  const limits = {
    logitsBytes: sizes.logitsBytes ?? LOGITS_BYTES,
    bindingBytes: 4 * bindableElements(executor.profile),
  };
  const cuts: number[] = [];
  let hidden = decoder.prefill();
  for (let step = 0; ; step++) {
    const drawsPerRow = step === 0 ? samples : 1;
    const next = sampleTokens(
      graph,
      hidden,
      head,
      inputs,
      {
        ...{ draws, drawsPerRow, drawsPerUser: samples, width, vocabulary },
        ...{ step, maxTokens, stopToken, temperature },
      },
      limits,
    );
    if (step === maxTokens - 1) return { graph, cuts };
    if ((step + 1) % STEPS_PER_LOOK === 0) cuts.push(graph.steps.length);
    hidden = decoder.step({ ...next, state: viewOf(state) }, step);
  }
}

async function runSampler(
  executor: Executor,
  plan: StagedPlan,
  buffers: SamplerBuffers,
  { users, samples, maxTokens, stopToken }: SamplerSizes,
  { prompts, lengths, userIds, seed }: SamplerRun,
): Promise<Uint32Array> {
  buffers.prompts.write(prompts, lengths);
  executor.write(buffers.keys, drawKeys(userIds, samples, seed));
  const { programs } = plan;
  for (const [index, program] of programs.entries()) {
    executor.run(program);
    const tokens = Uint32Array.from(await executor.read(buffers.sampled));
    const done = Math.min(maxTokens, (index + 1) * STEPS_PER_LOOK);
    let running = 0;
    for (let draw = 0; draw < users * samples; draw++) {
      const last = tokens[draw * maxTokens + done - 1];
      if (last === NOT_FINITE) throw notFinite();
      if (last === stopToken) tokens.fill(last, draw * maxTokens + done, (draw + 1) * maxTokens);
      else running += 1;
    }
    if (running === 0 || index === programs.length - 1) return tokens;
  }
  throw new AppError('internal', 'A sampler without programs ran.');
}

/** Two key words for each draw. */
function drawKeys(userIds: Uint32Array, samples: number, seed: number): Uint32Array {
  const name = nameToKey('sampler');
  const keys = new Uint32Array(2 * userIds.length * samples);
  userIds.forEach((id, user) => {
    for (let sample = 0; sample < samples; sample++) {
      keys.set(threefry2x32(seed, name, id, sample), 2 * (user * samples + sample));
    }
  });
  return keys;
}

function checkSizes(config: ModelConfig, sizes: SamplerSizes): void {
  const { users, length, samples, maxTokens, temperature, stopToken } = sizes;
  const counts = { users, length, samples, maxTokens };
  for (const [name, value] of Object.entries(counts)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new AppError('invalid-argument', `Sampling needs ${name} to be a positive integer.`);
    }
  }
  const isUsable = temperature === 0 || (temperature >= MIN_TEMPERATURE && temperature < Infinity);
  if (!isUsable) {
    throw new AppError('invalid-argument', `A temperature of ${String(temperature)} cannot be.`, {
      hint: `Use 0 for the likeliest token or at least ${String(MIN_TEMPERATURE)}.`,
    });
  }
  if (!Number.isInteger(stopToken) || stopToken < 0 || stopToken >= config.vocabSize) {
    throw new AppError('invalid-argument', `The stop token ${String(stopToken)} does not exist.`);
  }
  // The last token of a continuation is never an input.
  const need = length + maxTokens - 1;
  if (maxTokens > MAX_TOKENS || need > config.maxPositions) {
    throw new AppError(
      'limit-exceeded',
      `Prompt and continuation take ${String(need)} positions; the model holds ${String(config.maxPositions)}.`,
      {
        hint: `Shorten the history or the titles (at most ${String(MAX_TOKENS)} tokens).`,
        details: { need, limit: config.maxPositions },
      },
    );
  }
}

function notFinite(): AppError {
  return new AppError('non-finite', 'The model gives logits that are not finite numbers.', {
    hint: 'The checkpoint is damaged or its training diverged: train it again with a lower rate.',
  });
}
