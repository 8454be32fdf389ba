import { AppError } from '../../core/errors.ts';
import { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type DeviceBuffer, type Executor } from '../../compute/executor.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { uploadRotaryTable } from '../transformer/language-model.ts';
import { BODY_PREFIX } from '../transformer/layout.ts';
import { attention } from '../ops/attention.ts';
import { decodeAttention } from '../ops/decode-attention.ts';
import { HYPER_LENGTH } from '../ops/optimizer.ts';
import { rotary } from '../ops/rotary.ts';
import { uploadTable } from '../graph/parameter-arena.ts';
import type { ParameterViews } from '../graph/parameters.ts';
import { compileStages, Workspace, type StagedPlan } from '../graph/plan.ts';
import { fillSpans, rowSegments } from '../inputs/spans.ts';
import { transformerStack, type AttentionPart } from '../transformer/transformer.ts';
import { checkRows, sumEmbeddings } from './behaviour-inputs.ts';
import {
  behaviourTable,
  headWidthOf,
  isCausal,
  stackOf,
  type BehaviourConfig,
} from './behaviour-layout.ts';
import { ItemRows, type ItemColumns } from './item-rows.ts';
import { checkHeadBatch, ClickHead, type ClickHeadBatch } from './click-head.ts';

export interface ScorerSizes {
  /** Histories that are held at a time. */
  readonly users: number;
  /** Most items of a history. */
  readonly length: number;
  /** Of each user, in one call. */
  readonly candidates: number;
}

/** N = users * length, padded at the end. */
export interface ScorerHistories extends ItemColumns {
  /** u32[users]: items of each history, 0 for none. */
  readonly lengths: Uint32Array;
}

/** N = users * candidates, a user's side by side; fillers are scored like others. */
export type ScorerCandidates = ItemColumns & Omit<ClickHeadBatch, 'labels'>;

/**
 * Scores many candidates against histories that are encoded once: a causal history does not see its
 * candidate, so its keys and values serve all of them. A candidate is one row, at the position after
 * its history. The logits equal those of `ClickInputs` on [history, candidate] within
 * 2e-5 + 5e-5 |z|.
 * @source GPSD, arXiv:2506.03699
 */
export class CandidateScorer {
  private readonly executor: Executor;
  private readonly config: BehaviourConfig;
  private readonly sizes: ScorerSizes;
  private readonly scope: BufferScope;
  private readonly workspace: Workspace;
  private readonly history: ItemRows;
  private readonly candidate: ItemRows;
  private readonly head: ClickHead;
  private readonly labels: Int32Array;
  private readonly buffers: Readonly<
    Record<'places' | 'spans' | 'lengths' | 'ownPlaces' | 'state' | 'hyper' | 'rope', DeviceBuffer>
  >;
  private logits: Value | null = null;
  private plan: StagedPlan | null = null;
  private isFilled = false;

  private constructor(scope: BufferScope, config: BehaviourConfig, sizes: ScorerSizes) {
    const { users, length, candidates } = sizes;
    const { executor } = scope;
    const rows = users * candidates;
    this.executor = executor;
    this.config = config;
    this.sizes = sizes;
    this.scope = scope;
    this.workspace = new Workspace(executor);
    this.history = new ItemRows(scope, config, users * length, 0);
    this.candidate = new ItemRows(scope, config, rows, 1);
    this.head = new ClickHead(scope, config, rows);
    // No candidate has a label here, and the loss that the head also gives is not looked at.
    this.labels = new Int32Array(rows).fill(-100);
    this.buffers = {
      places: scope.allocate('places', 'u32', users * length),
      spans: scope.allocate('row spans', 'u32', 2 * users * length),
      lengths: scope.allocate('history lengths', 'u32', users),
      ownPlaces: scope.allocate('candidate places', 'u32', rows),
      state: scope.allocate('candidate rows', 'i32', rows * STATE_STRIDE),
      hyper: scope.floats('hyper', HYPER_LENGTH),
      rope: uploadRotaryTable(scope, stackOf(config)),
    };
    // One token a candidate, at step 0, which stands in its own row.
    const state = Int32Array.from({ length: rows * STATE_STRIDE }, (_, i) => i >> 1);
    executor.write(this.buffers.state, state);
  }

  /**
   * @param parameters arena of `behaviourTable(config, true)`
   * @errors invalid-argument for a bidirectional model or sizes, limit-exceeded, layout-mismatch
   */
  static async create(
    executor: Executor,
    config: BehaviourConfig,
    parameters: Float32Array,
    sizes: ScorerSizes,
  ): Promise<CandidateScorer> {
    const table = behaviourTable(config, true);
    checkSizes(config, sizes);
    const build = (scope: BufferScope) => new CandidateScorer(scope, config, sizes);
    const scorer = BufferScope.build(executor, build);
    try {
      await scorer.compile(uploadTable(scorer.scope, table, parameters));
    } catch (error) {
      scorer.destroy();
      throw error;
    }
    return scorer;
  }

  /** Encodes histories, which then serve until the next call. @errors invalid-argument */
  prefill({ lengths, ...columns }: ScorerHistories): void {
    const { executor, buffers, sizes } = this;
    const { users, length, candidates } = sizes;
    checkRows(this.config, { B: users, T: length, ...columns });
    if (lengths.length !== users || lengths.some((count) => count > length)) {
      const message = `There must be ${users} histories of at most ${length} items.`;
      throw new AppError('invalid-argument', message);
    }
    const spans = new Uint32Array(2 * users * length);
    const places = new Uint32Array(users * length);
    fillSpans(rowSegments(lengths, length), spans, places);
    this.history.upload(columns);
    executor.write(buffers.spans, spans);
    executor.write(buffers.places, places);
    executor.write(buffers.lengths, lengths);
    const ownPlaces = Uint32Array.from(
      { length: users * candidates },
      (_, row) => lengths[Math.floor(row / candidates)] ?? 0,
    );
    executor.write(buffers.ownPlaces, ownPlaces);
    this.run(0);
    this.isFilled = true;
  }

  /**
   * @returns logits, f32[users * candidates]
   * @errors invalid-argument, also before the first `prefill`
   */
  async score(candidates: ScorerCandidates): Promise<Float32Array> {
    const { users, candidates: T } = this.sizes;
    if (!this.isFilled) throw new AppError('invalid-argument', 'No histories were encoded yet.');
    const batch = { ...candidates, labels: this.labels };
    checkRows(this.config, { B: users, T, ...candidates });
    checkHeadBatch(this.config, users * T, batch);
    this.candidate.upload(candidates);
    this.head.upload(batch);
    this.run(1);
    const { logits, plan } = this;
    if (logits === null || plan === null) throw new AppError('internal', 'Nothing was compiled.');
    return this.executor.readFloats(plan.viewOf(logits));
  }

  destroy(): void {
    this.plan?.destroy();
    this.workspace.destroy();
    this.scope.destroy();
  }

  private run(stage: 0 | 1): void {
    const program = this.plan?.programs[stage];
    if (program === undefined) throw new AppError('internal', 'Nothing was compiled.');
    this.executor.run(program);
  }

  /** Two programs, of which the second finds the keys and values that the first one kept. */
  private async compile(parameters: ParameterViews): Promise<void> {
    const graph = new Graph();
    const caches = this.emitHistories(graph, parameters);
    // What is left of the last block serves nobody.
    graph.prune();
    const cut = graph.steps.length;
    this.logits = graph.keep(this.emitCandidates(graph, parameters, caches));
    graph.prune();
    const { users, length, candidates } = this.sizes;
    const label = `score ${users}x${length}, ${candidates} candidates`;
    this.plan = await compileStages(label, graph, this.executor, this.workspace, [cut]);
  }

  /** @returns rotated q, k, v of each layer */
  private emitHistories(graph: Graph, parameters: ParameterViews): readonly Value[] {
    const { users, length } = this.sizes;
    const rows = users * length;
    const { places, spans } = this.buffers;
    const caches: Value[] = [];
    this.emitStack(graph, parameters, this.history, rows, (qkv) => {
      const turned = this.rotate(graph, qkv, rows, places);
      caches.push(graph.keep(turned));
      return attention(graph, turned, viewOf(spans), { rows, length, ...this.headSizes() });
    });
    return caches;
  }

  private emitCandidates(
    graph: Graph,
    parameters: ParameterViews,
    caches: readonly Value[],
  ): Value {
    const { users, length, candidates } = this.sizes;
    const { ownPlaces, state, lengths, hyper } = this.buffers;
    const rows = users * candidates;
    const states = this.emitStack(graph, parameters, this.candidate, rows, (qkv, _, layer) => {
      const prompt = caches[layer];
      if (prompt === undefined) throw new AppError('internal', 'A layer has no cache.');
      const beamKv = this.rotate(graph, qkv, rows, ownPlaces);
      const cache = { prompt, beamKv, state: viewOf(state), lengths: viewOf(lengths) };
      const place = { beams: rows, beamsPerUser: candidates, length, step: 0 };
      const sizes = { ...place, stateStride: STATE_STRIDE, ...this.headSizes() };
      return decodeAttention(graph, cache, sizes);
    });
    const widths = { inputs: this.config.width, hidden: headWidthOf(this.config) };
    return this.head.emit(graph, states, widths, { parameters, hyper: viewOf(hyper) }).logits;
  }

  private emitStack(
    graph: Graph,
    parameters: ParameterViews,
    { inputs }: ItemRows,
    rows: number,
    attend: AttentionPart,
  ): Value {
    const { config } = this;
    const first = sumEmbeddings(graph, parameters, config, inputs, rows);
    const options = { prefix: BODY_PREFIX, layers: config.layers, rows, recompute: false };
    return transformerStack(graph, stackOf(config), parameters, first, attend, options);
  }

  private rotate(graph: Graph, qkv: Value, rows: number, places: DeviceBuffer): Value {
    const { normEps: eps } = stackOf(this.config);
    const input = { qkv, norm: null, table: viewOf(this.buffers.rope), positions: viewOf(places) };
    return rotary(graph, input, { rows, eps, ...this.headSizes() });
  }

  private headSizes() {
    const { heads, kvHeads, headWidth } = stackOf(this.config);
    return { heads, kvHeads, headWidth };
  }
}

/** Words of a candidate's state in `decodeAttention`: unused, then the row of its only token. */
const STATE_STRIDE = 2;

function checkSizes(config: BehaviourConfig, { users, length, candidates }: ScorerSizes): void {
  if (!isCausal(config)) {
    const message = 'Histories of a bidirectional model depend on their candidate.';
    throw new AppError('invalid-argument', message, {
      hint: 'Score [history, candidate] as a whole, or train a causal model.',
    });
  }
  if (![users, length, candidates].every((count) => Number.isInteger(count) && count >= 1)) {
    const message = 'Users, history length and candidates must be at least 1.';
    throw new AppError('invalid-argument', message);
  }
  if (length < config.maxPositions) return;
  const message = `Histories of ${length} items leave no position for a candidate.`;
  throw new AppError('limit-exceeded', `${message} The model has ${config.maxPositions}.`, {
    hint: 'Shorten the history.',
  });
}
