import { arenaSource, type Arena } from '../../core/arena-source.ts';
import { AppError } from '../../core/errors.ts';
import { entryOf } from '../../core/layout.ts';
import { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type Executor } from '../../compute/executor.ts';
import { userStates } from '../../nn/embedding-model/encoders.ts';
import {
  embeddingTable,
  LOGIT_SCALE,
  type EncoderConfig,
} from '../../nn/embedding-model/embedding-layout.ts';
import { LARGEST_LOGIT_SCALE } from '../../nn/ops/info-nce.ts';
import { Graph, type Value } from '../../nn/graph/graph.ts';
import { uploadRotaryTable } from '../../nn/transformer/language-model.ts';
import { gatherRows } from '../../nn/ops/embedding.ts';
import { emitMatmul } from '../../nn/ops/matmul.ts';
import { normalizeRows } from '../../nn/ops/normalize-rows.ts';
import { DeviceWeights } from '../../nn/graph/parameter-arena.ts';
import { compilePlan, Workspace, type Plan } from '../../nn/graph/plan.ts';
import { fillSpans } from '../../nn/inputs/spans.ts';
import type { RankHooks } from '../data/rank-hooks.ts';
import { throwIfAborted } from '../training/train-loop.ts';
import type { RankedList, Sample } from '../data/types.ts';
import { EMBEDDING_INPUTS } from './embedding-rows.ts';
import { topItems, unitRows } from './top-items.ts';

export interface EmbeddingRankInput {
  /** Of the base language model. */
  readonly config: EncoderConfig;
  /** Arena of `embeddingTable(config)`. */
  readonly parameters: Arena;
  /** f32[items, width] of `encodeItems`. */
  readonly itemVectors: Float32Array;
  readonly samples: readonly Sample[];
  /** Items of a ranking. */
  readonly length: number;
  /** Newest items of a history that the user encoder reads. Default 25, the paper's. */
  readonly inputs?: number;
  /** Items of a user's own history are no answers. Default: they are not. */
  readonly maskHistory?: boolean;
  /** Users scored together. Default 64. */
  readonly batchUsers?: number;
}

/**
 * Ranks all items for each sample by the cosine of their vectors with the user's at the last
 * position; equal scores in item order. Results are in the order of the samples.
 * @errors aborted, device-lost, limit-exceeded, invalid-argument, non-finite
 */
export async function rankByEmbedding(
  executor: Executor,
  input: EmbeddingRankInput,
  { signal, onProgress }: RankHooks = {},
): Promise<RankedList[]> {
  const { samples, length, maskHistory = true, inputs = EMBEDDING_INPUTS } = input;
  const items = input.itemVectors.length / input.config.width;
  check(input, items, inputs);
  if (samples.length === 0) return [];
  const scale = await logitScale(input);
  const histories = samples.map(({ history }) => history.slice(-inputs));
  const scorer = BufferScope.build(executor, (scope) => new Scorer(scope, input, histories));
  const results: RankedList[] = [];
  try {
    await scorer.weights.load(input.parameters);
    for (const users of scorer.batches(histories)) {
      throwIfAborted(signal);
      const scores = await scorer.scores(users);
      users.forEach((_, index) => {
        const sample = samples[results.length];
        if (sample === undefined) return;
        const { user, target, history } = sample;
        const own = scores.subarray(index * items, (index + 1) * items);
        const masked = maskHistory ? new Set(history) : new Set<number>();
        const best = topItems(own, length, masked);
        const logits = best.map((item) => scale * (own[item] ?? NaN));
        results.push({ user, target, items: best, scores: logits });
      });
      onProgress?.({ done: results.length, total: samples.length });
    }
    return results;
  } finally {
    scorer.destroy();
  }
}

/** What the loss multiplies cosines by: with it they are logits. */
export async function logitScale({
  config,
  parameters,
}: Pick<EmbeddingRankInput, 'config' | 'parameters'>): Promise<number> {
  const { offset } = entryOf(embeddingTable(config).layout, LOGIT_SCALE);
  const value = new Float32Array(1);
  await arenaSource(parameters).read(offset, value);
  const [level = NaN] = value;
  return Math.exp(Math.min(LARGEST_LOGIT_SCALE, Math.max(0, level)));
}

function check({ samples, config }: EmbeddingRankInput, items: number, inputs: number): void {
  if (!Number.isInteger(items) || items < 1) {
    throw new AppError('invalid-argument', 'The item vectors do not have the width of the model.');
  }
  if (inputs > config.maxPositions) {
    throw new AppError('limit-exceeded', `A history takes ${String(inputs)} positions.`, {
      hint: `Shorten the history: the model holds ${String(config.maxPositions)} positions.`,
    });
  }
  const isKnown = (item: number) => Number.isInteger(item) && item >= 0 && item < items;
  const wrong = samples.find(({ history }) => history.length === 0 || !history.every(isKnown));
  if (wrong === undefined) return;
  throw new AppError(
    'invalid-argument',
    `User ${String(wrong.user)} has no earlier item, or one without a vector.`,
    { hint: 'Rank users that have a history, with the vectors of the same items.' },
  );
}

/** The device side of a ranking run: user encoder, item vectors, one program. */
class Scorer {
  readonly weights: DeviceWeights;
  private readonly executor: Executor;
  private readonly scope: BufferScope;
  private readonly workspace: Workspace;
  private readonly graph = new Graph();
  private readonly buffers;
  private readonly out: Value;
  private readonly users: number;
  private readonly rows: number;
  private plan: Plan | null = null;

  constructor(scope: BufferScope, input: EmbeddingRankInput, histories: readonly number[][]) {
    const { config, itemVectors, batchUsers = 64 } = input;
    const { executor } = scope;
    const { width } = config;
    const items = itemVectors.length / width;
    this.executor = executor;
    this.scope = scope;
    this.workspace = new Workspace(executor);
    this.users = Math.min(batchUsers, histories.length);
    // Room for users of average length: few rows are padding, and long histories still fit.
    const total = histories.reduce((sum, { length }) => sum + length, 0);
    const longest = histories.reduce((most, { length }) => Math.max(most, length), 0);
    this.rows = Math.max(longest, Math.ceil((this.users * total) / histories.length));
    const { rows, users } = this;
    this.buffers = {
      vectors: scope.floats('item vectors', itemVectors.length),
      units: scope.floats('unit item vectors', itemVectors.length),
      ids: scope.allocate('history ids', 'u32', rows),
      places: scope.allocate('places', 'u32', rows),
      spans: scope.allocate('row spans', 'u32', 2 * rows),
      lasts: scope.allocate('last rows', 'u32', users),
    };
    const { vectors, units, ids, places, spans, lasts } = this.buffers;
    executor.write(vectors, itemVectors);
    executor.write(units, unitRows(itemVectors, width));
    const { graph } = this;
    this.weights = new DeviceWeights(scope, embeddingTable(config));
    const context = {
      config,
      parameters: this.weights.views,
      ropeTable: viewOf(uploadRotaryTable(scope, config)),
      recompute: false,
    };
    const history = gatherRows(graph, viewOf(vectors), viewOf(ids), { rows, width });
    const layout = { rows, places: viewOf(places), spans: viewOf(spans) };
    const states = userStates(graph, history, context, layout);
    const last = gatherRows(graph, states, viewOf(lasts), { rows: users, width });
    const wanted = normalizeRows(graph, last, { rows: users, width });
    this.out = graph.keep(graph.value('scores', users * items));
    const sizes = { M: users, N: items, K: width };
    emitMatmul(graph, 'nt', { out: this.out, a: wanted, b: viewOf(units) }, sizes, 0);
  }

  /** Neighbouring histories that fit together. */
  *batches(histories: readonly number[][]): Iterable<number[][]> {
    let batch: number[][] = [];
    let rows = 0;
    for (const history of histories) {
      if (batch.length === this.users || rows + history.length > this.rows) {
        yield batch;
        batch = [];
        rows = 0;
      }
      batch.push(history);
      rows += history.length;
    }
    yield batch;
  }

  /** @returns f32[users, items] */
  async scores(histories: readonly number[][]): Promise<Float32Array<ArrayBuffer>> {
    const { executor, rows } = this;
    const ids = new Uint32Array(rows);
    const lasts = new Uint32Array(this.users);
    const segments: number[] = [];
    let at = 0;
    histories.forEach((history, user) => {
      ids.set(history, at);
      segments.push(at, at + history.length);
      at += history.length;
      lasts[user] = at - 1;
    });
    const spans = new Uint32Array(2 * rows);
    const places = new Uint32Array(rows);
    fillSpans(Uint32Array.from(segments), spans, places);
    executor.write(this.buffers.ids, ids);
    executor.write(this.buffers.lasts, lasts);
    executor.write(this.buffers.spans, spans);
    executor.write(this.buffers.places, places);
    this.plan ??= await compilePlan('rank by embedding', this.graph, executor, this.workspace);
    executor.run(this.plan.program);
    return executor.readFloats(this.plan.viewOf(this.out));
  }

  destroy(): void {
    this.plan?.program.destroy();
    this.workspace.destroy();
    this.scope.destroy();
  }
}
