import type { BufferView, DeviceBuffer, Executor } from '../compute/executor.ts';
import { viewOf } from '../compute/executor.ts';
import { BufferScope } from '../compute/buffer-scope.ts';
import { bindableElements } from '../compute/limits.ts';
import type { ModelConfig } from './config.ts';
import { Graph } from './graph.ts';
import { EMBEDDING, HEAD } from './layout.ts';
import { mergeColumnSums } from './ops/column-sums.ts';
import { DEFAULT_LIMITS, linearCrossEntropy } from './ops/linear-cross-entropy.ts';
import { lossTotal } from './ops/loss-total.ts';
import { optimizerStep, type OptimizerBuffers } from './ops/optimizer.ts';
import { selectRows } from './ops/select-rows.ts';
import type { ParameterViews } from './parameters.ts';
import { compilePlan, type Plan, type ValueMemory } from './plan.ts';
import { ScoredRows } from './scored-rows.ts';
import { fillSpans, rowSegments } from './spans.ts';
import { TokenSegments } from './token-segments.ts';
import { causalAttention, transformerBody } from './transformer.ts';

/** Token ids and targets of B sequences of T positions. Target -100 = not scored. */
export interface Batch {
  readonly B: number;
  readonly T: number;
  /** u32[B*T], padded at the end of each row. */
  readonly ids: Uint32Array;
  /** i32[B*T]. */
  readonly targets: Int32Array;
  /**
   * Sequences as pairs [start, end) in the B*T rows, rising: padded rows hold one, packed rows
   * several. What no segment covers is padding. Absent: B sequences of T positions.
   */
  readonly segments?: Uint32Array;
  /**
   * Most positions that a batch of this kind scores: head and loss are then computed for so many
   * rows only. Part of the compiled shape, so it must not vary from batch to batch. Absent: B*T.
   */
  readonly scoredLimit?: number;
}

/** One compiled training step for a shape, with its input buffers. */
export interface TrainProgram {
  readonly plan: Plan;
  /** Queues the batch's upload; allocates nothing. */
  upload(batch: Batch): void;
  destroy(): void;
}

/**
 * What a program does with the gradients of its batch:
 *   'update' uses them for a whole optimizer step;
 *   'add' adds them, and the loss to `lossTotal`, for a step of several micro-batches;
 *   'finish' adds them and does the step;
 *   'gradients' leaves them, and keeps the loss: for tests that look at every gradient.
 */
export type TrainPart = 'update' | 'add' | 'finish' | 'gradients';

export interface TrainProgramOptions {
  readonly config: ModelConfig;
  readonly parameters: ParameterViews;
  readonly optimizer: OptimizerBuffers;
  readonly ropeTable: DeviceBuffer;
  /** f32[1]: sum of the row losses of a step of several micro-batches. */
  readonly lossTotal: DeviceBuffer;
  readonly batch: number;
  readonly length: number;
  /** See `Batch.scoredLimit`. */
  readonly scoredLimit: number;
  readonly part: TrainPart;
  /** Compute each block again in the backward pass instead of keeping its activations. */
  readonly recompute: boolean;
}

/** Builds forward, backward and optimizer step for one (B, T). @errors limit-exceeded */
export async function createTrainProgram(
  executor: Executor,
  memory: ValueMemory,
  options: TrainProgramOptions,
): Promise<TrainProgram> {
  const { batch, length, part } = options;
  const inputs = BufferScope.build(executor, (scope) => new TokenBuffers(scope, options));
  try {
    const graph = trainGraph(inputs, options, bindableElements(executor.profile) * 4);
    const plan = await compilePlan(`train ${batch}x${length} ${part}`, graph, executor, memory);
    return {
      plan,
      upload: (data) => {
        inputs.upload(data);
      },
      destroy: () => {
        plan.program.destroy();
        inputs.destroy();
      },
    };
  } catch (error) {
    inputs.destroy();
    throw error;
  }
}

function trainGraph(
  inputs: TokenBuffers,
  options: TrainProgramOptions,
  bindingBytes: number,
): Graph {
  const { config, parameters, optimizer, ropeTable, batch, length, part, recompute } = options;
  const rows = batch * length;
  const total = viewOf(options.lossTotal);
  const graph = new Graph();
  const { tokens, places: positions, spans } = inputs;
  const rope = { table: viewOf(ropeTable), positions, spans, length };
  const attend = causalAttention(graph, config, rows, rope);
  const hidden = transformerBody(graph, config, parameters, tokens, rows, attend, recompute);
  const { scored } = inputs;
  const lossRows = scored === null ? rows : options.scoredLimit;
  const selectSizes = { rows, selected: lossRows, width: config.width };
  const loss = linearCrossEntropy(
    graph,
    scored === null ? hidden : selectRows(graph, hidden, scored, selectSizes),
    parameters.get(config.tied ? EMBEDDING : HEAD),
    { targets: inputs.targets, hyper: viewOf(optimizer.hyper) },
    { rows: lossRows, width: config.width, vocabulary: config.vocabSize },
    { logitsBytes: Math.min(DEFAULT_LIMITS.logitsBytes, bindingBytes), bindingBytes },
  );
  graph.backward();
  mergeColumnSums(graph, (data) => inputs.table('column blocks', data));
  switch (part) {
    case 'gradients':
      graph.keep(loss);
      break;
    case 'update':
      optimizerStep(graph, loss, lossRows, optimizer);
      break;
    case 'add':
      lossTotal(graph, total, loss, lossRows);
      break;
    case 'finish':
      lossTotal(graph, total, loss, lossRows);
      optimizerStep(graph, total, 1, optimizer);
      break;
  }
  graph.prune();
  return graph;
}

/** Device copies of one batch, with the token sort that the embedding gradient needs. */
class TokenBuffers {
  private readonly scope: BufferScope;
  private readonly buffers;
  private readonly segments: TokenSegments;
  private readonly wholeRows: Uint32Array;
  private readonly rowSpans: Uint32Array;
  private readonly rowPlaces: Uint32Array;
  /** null: the loss takes all rows as they are. */
  private readonly scoredRows: ScoredRows | null;

  constructor(scope: BufferScope, options: TrainProgramOptions) {
    this.scope = scope;
    const { batch, length, config, scoredLimit } = options;
    const rows = batch * length;
    const lossRows = Math.min(rows, scoredLimit);
    this.scoredRows = lossRows < rows ? new ScoredRows(rows, lossRows) : null;
    this.segments = new TokenSegments(rows, config.vocabSize);
    const { pieces, merges } = this.segments;
    this.wholeRows = rowSegments(new Uint32Array(batch).fill(length), length);
    this.rowSpans = new Uint32Array(2 * rows);
    this.rowPlaces = new Uint32Array(rows);
    this.buffers = {
      ids: scope.allocate('token ids', 'u32', rows),
      targets: scope.allocate('targets', 'i32', lossRows),
      positions: scope.allocate('token positions', 'u32', rows),
      pieces: scope.allocate('token pieces', 'u32', pieces.length),
      merges: scope.allocate('token merges', 'u32', merges.length),
      places: scope.allocate('places', 'u32', rows),
      spans: scope.allocate('row spans', 'u32', 2 * rows),
      ...(this.scoredRows !== null && {
        selected: scope.allocate('scored rows', 'u32', lossRows),
        slots: scope.allocate('slots of rows', 'u32', rows),
      }),
    };
  }

  get tokens() {
    const { ids, positions, pieces, merges } = this.buffers;
    const segments = {
      positions: viewOf(positions),
      pieces: viewOf(pieces),
      merges: viewOf(merges),
    };
    return { ids: viewOf(ids), segments };
  }

  get targets(): BufferView {
    return viewOf(this.buffers.targets);
  }

  get places(): BufferView {
    return viewOf(this.buffers.places);
  }

  get scored(): { selected: BufferView; slots: BufferView } | null {
    const { selected, slots } = this.buffers;
    if (selected === undefined || slots === undefined) return null;
    return { selected: viewOf(selected), slots: viewOf(slots) };
  }

  get spans(): BufferView {
    return viewOf(this.buffers.spans);
  }

  /** A table of the program that no batch changes. */
  table(label: string, data: Uint32Array): BufferView {
    const buffer = this.scope.allocate(label, 'u32', data.length);
    this.scope.executor.write(buffer, data);
    return viewOf(buffer);
  }

  upload({ ids, targets, segments = this.wholeRows }: Batch): void {
    const { executor } = this.scope;
    fillSpans(segments, this.rowSpans, this.rowPlaces);
    this.segments.fill(ids, this.rowSpans);
    executor.write(this.buffers.ids, ids);
    this.uploadTargets(targets);
    executor.write(this.buffers.positions, this.segments.positions);
    executor.write(this.buffers.pieces, this.segments.pieces);
    executor.write(this.buffers.merges, this.segments.merges);
    executor.write(this.buffers.places, this.rowPlaces);
    executor.write(this.buffers.spans, this.rowSpans);
  }

  private uploadTargets(targets: Int32Array): void {
    const { executor } = this.scope;
    const { scoredRows } = this;
    const { selected, slots } = this.buffers;
    scoredRows?.fill(targets);
    executor.write(this.buffers.targets, scoredRows?.targets ?? targets);
    if (scoredRows === null || selected === undefined || slots === undefined) return;
    executor.write(selected, scoredRows.selected);
    executor.write(slots, scoredRows.slots);
  }

  destroy(): void {
    this.scope.destroy();
  }
}
