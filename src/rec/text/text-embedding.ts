import type { Arena } from '../../core/arena-source.ts';
import { AppError } from '../../core/errors.ts';
import { BufferScope } from '../../compute/buffer-scope.ts';
import { DryExecutor } from '../../compute/dry-executor.ts';
import { viewOf, type AdapterProfile, type Executor } from '../../compute/executor.ts';
import { bindableElements, boundless, formatBytes } from '../../compute/limits.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import { Graph, type Value } from '../../nn/graph/graph.ts';
import { emitMatmul } from '../../nn/ops/matmul.ts';
import { rotaryTable } from '../../nn/ops/rotary.ts';
import { loadWeights } from '../../nn/transformer/device-weights.ts';
import { compilePlan, Workspace, type Plan } from '../../nn/graph/plan.ts';
import { fillSpans } from '../../nn/inputs/spans.ts';
import { parameterLayout } from '../../nn/transformer/layout.ts';
import { causalAttention, transformerBody } from '../../nn/transformer/transformer.ts';
import type { RankHooks } from '../data/rank-hooks.ts';
import { throwIfAborted } from '../training/train-loop.ts';

/** The vectors of the first texts of a list, up to the end of a batch. */
export interface EmbeddedPart {
  readonly done: number;
  /** f32[texts, width]; rows from `done` on are not there yet. */
  readonly vectors: Float32Array<ArrayBuffer>;
}

export interface EmbedHooks extends RankHooks {
  /** Where an earlier call for the same texts was interrupted: the bits are those of one call. */
  readonly start?: EmbeddedPart | null;
  /** Hears of each batch; the vectors go on to be filled. */
  readonly onPart?: (part: EmbeddedPart) => void | Promise<void>;
}

/**
 * Texts as vectors. Items and generated titles must go through the same embedder: distances between
 * vectors of two models mean nothing.
 */
export interface TextEmbedder {
  readonly width: number;
  /** @returns f32[texts, width], rows of unit length; zero where a text has nothing to go by */
  embed(texts: readonly string[], hooks?: EmbedHooks): Promise<Float32Array<ArrayBuffer>>;
  destroy(): void;
}

export interface ModelEmbedderInput {
  readonly config: ModelConfig;
  /** Parameter arena; one that is read goes to the executor piece by piece. */
  readonly parameters: Arena;
  readonly encode: (text: string) => readonly number[];
  /** Longer texts are cut. */
  readonly maxTokens: number;
  /** Positions of a batch, into which texts are packed; 1024 when absent. */
  readonly positions?: number;
}

const POSITIONS = 1024;
/** A batch holds at most a text for so many positions. */
const POSITIONS_PER_TEXT = 4;

/**
 * Mean of the last hidden states (after the final norm) over a text's tokens, of unit length.
 * Weights stay on the executor until `destroy`.
 * @errors invalid-argument, limit-exceeded, device-lost
 */
export async function createModelEmbedder(
  executor: Executor,
  input: ModelEmbedderInput,
): Promise<TextEmbedder> {
  const { config, maxTokens, positions = Math.max(POSITIONS, input.maxTokens) } = input;
  if (!(maxTokens >= 1 && maxTokens <= Math.min(config.maxPositions, positions))) {
    throw new AppError('invalid-argument', `Texts of ${String(maxTokens)} tokens do not fit.`, {
      hint: `The model holds ${String(config.maxPositions)} positions, a batch ${String(positions)}.`,
    });
  }
  // Matrix products work in steps of four.
  const rows = Math.ceil(positions / 4) * 4;
  const scope = new BufferScope(executor);
  const workspace = new Workspace(executor);
  try {
    const forward = await prepareForward(scope, workspace, input, rows);
    return {
      width: config.width,
      embed: (texts, hooks) => embedTexts(forward, input, texts, hooks),
      destroy() {
        forward.plan.program.destroy();
        workspace.destroy();
        scope.destroy();
      },
    };
  } catch (error) {
    workspace.destroy();
    scope.destroy();
    throw error;
  }
}

/**
 * What an embedder takes, planned by its own code on an executor that only counts.
 * @errors limit-exceeded naming need and limit
 */
export async function estimateEmbedder(
  profile: AdapterProfile,
  { config, maxTokens }: Pick<ModelEmbedderInput, 'config' | 'maxTokens'>,
): Promise<{ readonly total: number; readonly largestBuffer: number }> {
  const plan = async (on: AdapterProfile) => {
    const executor = new DryExecutor(on);
    const { length } = parameterLayout(config);
    const parameters = { length, read: () => Promise.resolve() };
    await createModelEmbedder(executor, { config, maxTokens, parameters, encode: () => [] });
    return { total: executor.memory().peakBytes, largestBuffer: executor.largestBytes };
  };
  try {
    return await plan(profile);
  } catch (error) {
    const limit = bindableElements(profile) * 4;
    if (profile.kind !== 'cpu' || !Number.isFinite(limit)) throw error;
    const { total: need } = await plan(boundless(profile));
    throw new AppError(
      'limit-exceeded',
      `Embedding texts needs ${formatBytes(need)} of memory; the CPU executor allows ${formatBytes(limit)}.`,
      { hint: 'Choose a smaller base.', details: { need, limit }, cause: error },
    );
  }
}

interface Forward {
  readonly plan: Plan;
  readonly rows: number;
  /** Most texts of a batch. */
  readonly slots: number;
  /** @returns f32[slots, C] */
  readonly run: (texts: readonly (readonly number[])[]) => Promise<Float32Array>;
}

/** Packed forward pass, then the means as one product with a matrix of 1 / length. */
async function prepareForward(
  scope: BufferScope,
  workspace: Workspace,
  { config, parameters, maxTokens }: ModelEmbedderInput,
  rows: number,
): Promise<Forward> {
  const { executor } = scope;
  const { width, headWidth, ropeTheta } = config;
  const slots = rows / POSITIONS_PER_TEXT;
  const views = await loadWeights(scope, config, parameters);
  const ids = scope.allocate('text ids', 'u32', rows);
  const places = scope.allocate('text places', 'u32', rows);
  const spans = scope.allocate('text spans', 'u32', 2 * rows);
  const shares = scope.floats('shares of means', slots * rows);
  const table = scope.floats('rope', maxTokens * headWidth);
  executor.write(table, rotaryTable(maxTokens, headWidth, ropeTheta));
  const graph = new Graph();
  const rope = { table: viewOf(table), positions: viewOf(places), spans: viewOf(spans) };
  const attend = causalAttention(graph, config, rows, { ...rope, length: maxTokens });
  const tokens = { ids: viewOf(ids), segments: null };
  const hidden = transformerBody(graph, config, views, tokens, rows, attend);
  const means: Value = graph.keep(graph.value('text means', slots * width));
  const product = { M: slots, N: width, K: rows };
  emitMatmul(graph, 'nn', { out: means, a: viewOf(shares), b: hidden }, product, 0);
  const plan = await compilePlan('embed texts', graph, executor, workspace);
  const host = {
    ids: new Uint32Array(rows),
    places: new Uint32Array(rows),
    spans: new Uint32Array(2 * rows),
    shares: new Float32Array(slots * rows),
  };
  const run = (texts: readonly (readonly number[])[]) => {
    const segments: number[] = [];
    host.ids.fill(0);
    host.shares.fill(0);
    texts.forEach((text, slot) => {
      const start = segments.at(-1) ?? 0;
      const end = start + text.length;
      host.ids.set(text, start);
      host.shares.fill(1 / text.length, slot * rows + start, slot * rows + end);
      segments.push(start, end);
    });
    fillSpans(Uint32Array.from(segments), host.spans, host.places);
    executor.write(ids, host.ids);
    executor.write(places, host.places);
    executor.write(spans, host.spans);
    executor.write(shares, host.shares);
    executor.run(plan.program);
    return executor.readFloats(plan.viewOf(means));
  };
  return { plan, rows, slots, run };
}

async function embedTexts(
  forward: Forward,
  { config, encode, maxTokens }: ModelEmbedderInput,
  texts: readonly string[],
  { signal, onProgress, onPart, start }: EmbedHooks = {},
): Promise<Float32Array<ArrayBuffer>> {
  const { width } = config;
  const vectors = start?.vectors ?? new Float32Array(texts.length * width);
  let next = start?.done ?? 0;
  while (next < texts.length) {
    throwIfAborted(signal);
    const batch: (readonly number[])[] = [];
    const owners: number[] = [];
    let used = 0;
    for (; next < texts.length && batch.length < forward.slots; next++) {
      const tokens = encode(texts[next] ?? '').slice(0, maxTokens);
      if (used + tokens.length > forward.rows) break;
      used += tokens.length;
      if (tokens.length === 0) continue;
      batch.push(tokens);
      owners.push(next);
    }
    if (batch.length > 0) {
      const means = await forward.run(batch);
      owners.forEach((text, slot) => {
        const own = means.subarray(slot * width, (slot + 1) * width);
        vectors.set(unitRow(own, null), text * width);
      });
    }
    onProgress?.({ done: next, total: texts.length });
    await onPart?.({ done: next, vectors });
  }
  return vectors;
}

/** Vectors of items, an embedder of the same space, and the mean that both are without. */
export interface EmbeddedItems {
  /** f32[items, width]. */
  readonly vectors: Float32Array;
  readonly embedder: TextEmbedder;
  /** null where nothing is taken off. */
  readonly mean: Float64Array | null;
}

/**
 * Vectors of items, and an embedder of the same space. Hidden states of a language model share a
 * large common part, beside which their differences are small: `isCentred` takes the items' mean
 * off items and queries alike (a zero row stays zero).
 * @errors non-finite, and as the embedder
 */
export async function embedItems(
  embedder: TextEmbedder,
  texts: readonly string[],
  { isCentred }: { readonly isCentred: boolean },
  hooks?: EmbedHooks,
): Promise<EmbeddedItems> {
  const { width } = embedder;
  const plain = await embedder.embed(texts, hooks);
  if (!plain.every((value) => Number.isFinite(value))) {
    throw new AppError('non-finite', 'The embeddings of the items are not finite numbers.', {
      hint: 'The checkpoint is damaged or its training diverged; choose another one.',
    });
  }
  if (!isCentred) return { vectors: plain, embedder, mean: null };
  const mean = new Float64Array(width);
  plain.forEach((value, i) => (mean[i % width] = (mean[i % width] ?? 0) + value / texts.length));
  return { vectors: centre(plain, mean), embedder: centredEmbedder(embedder, mean), mean };
}

/** The embedder less a mean; owns the embedder. */
export function centredEmbedder(embedder: TextEmbedder, mean: Float64Array): TextEmbedder {
  return {
    width: embedder.width,
    embed: async (texts, hooks) => centre(await embedder.embed(texts, hooks), mean),
    destroy() {
      embedder.destroy();
    },
  };
}

/** Rows less the mean, of unit length again. */
function centre(vectors: Float32Array, mean: Float64Array): Float32Array<ArrayBuffer> {
  const result = new Float32Array(vectors.length);
  for (let at = 0; at < vectors.length; at += mean.length) {
    result.set(unitRow(vectors.subarray(at, at + mean.length), mean), at);
  }
  return result;
}

/** (row - mean) / its length, in float64; a zero row stays zero. */
function unitRow(row: Float32Array, mean: Float64Array | null): Float64Array {
  if (row.every((value) => value === 0)) return new Float64Array(row.length);
  const values = Float64Array.from(row, (value, c) => value - (mean?.[c] ?? 0));
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? values : values.map((value) => value / length);
}
