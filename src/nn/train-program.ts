import type { BufferView, DeviceBuffer, Executor } from '../compute/executor.ts';
import { viewOf } from '../compute/executor.ts';
import type { ModelConfig } from './config.ts';
import { Graph } from './graph.ts';
import { EMBEDDING, HEAD } from './layout.ts';
import { sortByToken } from './ops/embedding.ts';
import { DEFAULT_LIMITS, linearCrossEntropy } from './ops/linear-cross-entropy.ts';
import { optimizerStep, type OptimizerBuffers } from './ops/optimizer.ts';
import type { ParameterViews } from './parameters.ts';
import { compilePlan, type Plan, type ValueMemory } from './plan.ts';
import { fillSpans, rowSegments } from './spans.ts';
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
}

/** One compiled training step for a shape, with its input buffers. */
export interface TrainProgram {
  readonly plan: Plan;
  /** Queues the batch's upload; allocates nothing. */
  upload(batch: Batch): void;
  destroy(): void;
}

export interface TrainProgramOptions {
  readonly config: ModelConfig;
  readonly parameters: ParameterViews;
  readonly optimizer: OptimizerBuffers;
  readonly ropeTable: DeviceBuffer;
  readonly batch: number;
  readonly length: number;
  /** 'gradients' stops before the optimizer: for tests that look at every gradient. */
  readonly until: 'gradients' | 'update';
}

/** Builds forward, backward and optimizer step for one (B, T). */
export async function createTrainProgram(
  executor: Executor,
  memory: ValueMemory,
  options: TrainProgramOptions,
): Promise<TrainProgram> {
  const { config, parameters, optimizer, ropeTable, batch, length } = options;
  const rows = batch * length;
  const inputs = new TokenBuffers(executor, batch, length, config.vocabSize);
  const graph = new Graph();
  const { places: positions, spans } = inputs;
  const rope = { table: viewOf(ropeTable), positions, spans, length };
  const attend = causalAttention(graph, config, rows, rope);
  const hidden = transformerBody(graph, config, parameters, inputs.tokens, rows, attend);
  const loss = linearCrossEntropy(
    graph,
    hidden,
    parameters.get(config.tied ? EMBEDDING : HEAD),
    { targets: inputs.targets, hyper: viewOf(optimizer.hyper) },
    { rows, width: config.width, vocabulary: config.vocabSize },
    { ...DEFAULT_LIMITS, bindingBytes: bindingBytes(executor) },
  );
  graph.backward();
  if (options.until === 'update') optimizerStep(graph, loss, rows, optimizer);
  else graph.keep(loss);
  const plan = await compilePlan(`train ${batch}x${length}`, graph, executor, memory);
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
}

/** The CPU executor has no such limit. */
function bindingBytes({ profile }: Executor): number {
  return profile.limits['maxStorageBufferBindingSize'] ?? Infinity;
}

/** Device copies of one batch, with the token sort that the embedding gradient needs. */
class TokenBuffers {
  private readonly executor: Executor;
  private readonly buffers;
  private readonly starts: Uint32Array;
  private readonly order: Uint32Array;
  private readonly wholeRows: Uint32Array;
  private readonly rowSpans: Uint32Array;
  private readonly rowPlaces: Uint32Array;

  constructor(executor: Executor, batch: number, length: number, vocabulary: number) {
    this.executor = executor;
    const rows = batch * length;
    this.starts = new Uint32Array(vocabulary + 1);
    this.order = new Uint32Array(rows);
    this.wholeRows = rowSegments(new Uint32Array(batch).fill(length), length);
    this.rowSpans = new Uint32Array(2 * rows);
    this.rowPlaces = new Uint32Array(rows);
    this.buffers = {
      ids: executor.allocate('token ids', 'u32', rows),
      targets: executor.allocate('targets', 'i32', rows),
      starts: executor.allocate('token starts', 'u32', vocabulary + 1),
      order: executor.allocate('token order', 'u32', rows),
      places: executor.allocate('places', 'u32', rows),
      spans: executor.allocate('row spans', 'u32', 2 * rows),
    };
  }

  get tokens() {
    const { ids, starts, order } = this.buffers;
    return { ids: viewOf(ids), starts: viewOf(starts), positions: viewOf(order) };
  }

  get targets(): BufferView {
    return viewOf(this.buffers.targets);
  }

  get places(): BufferView {
    return viewOf(this.buffers.places);
  }

  get spans(): BufferView {
    return viewOf(this.buffers.spans);
  }

  upload({ ids, targets, segments = this.wholeRows }: Batch): void {
    fillSpans(segments, this.rowSpans, this.rowPlaces);
    sortByToken(ids, this.starts, this.order);
    this.executor.write(this.buffers.ids, ids);
    this.executor.write(this.buffers.targets, targets);
    this.executor.write(this.buffers.starts, this.starts);
    this.executor.write(this.buffers.order, this.order);
    this.executor.write(this.buffers.places, this.rowPlaces);
    this.executor.write(this.buffers.spans, this.rowSpans);
  }

  destroy(): void {
    for (const buffer of Object.values(this.buffers)) this.executor.free(buffer);
  }
}
