import { AppError } from '../../core/errors.ts';
import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type BufferView, type DeviceBuffer } from '../../compute/executor.ts';
import type { Graph, Parameter, Value } from '../graph.ts';
import { clickLoss, type ClickLoss } from '../ops/click-loss.ts';
import { linear } from '../ops/linear.ts';
import { emitMatmul } from '../ops/matmul.ts';
import { selectRows } from '../ops/select-rows.ts';
import { NOT_SELECTED } from '../scored-rows.ts';
import type { BatchInputs, LossContext, TrainableModel } from '../trainable-model.ts';
import { BehaviourInputs, checkRows, type BehaviourRows } from './behaviour-inputs.ts';
import {
  behaviourTable,
  CLICK_BIAS,
  CLICK_HIDDEN,
  CLICK_NUMERIC,
  CLICK_OUTPUT,
  headWidthOf,
  numericWidth,
  type BehaviourConfig,
} from './behaviour-layout.ts';

export interface ClickShape {
  readonly B: number;
  readonly T: number;
}

/** Sequences that end with their candidate: one impression each. */
export interface ClickBatch extends ClickShape, BehaviourRows {
  /** u32[B]: the candidate's row, inside of its sequence. */
  readonly candidates: Uint32Array;
  /** i32[B]: 1 clicked, 0 not, -100 filler. */
  readonly labels: Int32Array;
  /** f32[B, numeric]; absent where the model takes none. */
  readonly numeric?: Float32Array;
}

/**
 * Click-through rate: history and candidate in one causal sequence, the candidate's final hidden
 * state and its numbers through an MLP, binary cross-entropy, mean over impressions.
 * @errors invalid-argument when the sizes cannot run on the kernels
 * @source GPSD, arXiv:2506.03699
 */
export function clickModel(config: BehaviourConfig): TrainableModel<ClickShape, ClickBatch> {
  return {
    ...behaviourTable(config, true),
    keyOf: ({ B, T }) => `${B}x${T} clicks`,
    countScored: (batch) => countScored(config, batch),
    mostParts: () => 1,
    microShapes: (shapes) =>
      shapes
        .map((shape) => ({ ...shape, parts: 1 }))
        .sort((a, b) => b.B * b.T - a.B * a.T || b.T - a.T),
    open: () => ({ inputs: (scope, shape) => new ClickInputs(scope, config, shape) }),
  };
}

/** Device copies of a batch of impressions, and the graph to their logits and losses. */
export class ClickInputs implements BatchInputs<ClickBatch> {
  private readonly scope: BufferScope;
  private readonly config: BehaviourConfig;
  private readonly shape: ClickShape;
  private readonly rows: BehaviourInputs;
  private readonly buffers: Readonly<
    Record<'candidates' | 'slots' | 'labels' | 'numeric', DeviceBuffer>
  >;
  private readonly slots: Uint32Array;
  private readonly marks: Uint32Array;
  private readonly numbers: Float32Array;

  constructor(scope: BufferScope, config: BehaviourConfig, shape: ClickShape) {
    const { B, T } = shape;
    const columns = numericWidth(config);
    this.scope = scope;
    this.config = config;
    this.shape = shape;
    this.rows = new BehaviourInputs(scope, config, shape);
    this.slots = new Uint32Array(B * T);
    this.marks = new Uint32Array(B * T);
    this.numbers = new Float32Array(B * columns);
    this.buffers = {
      candidates: scope.allocate('candidate rows', 'u32', B),
      slots: scope.allocate('candidates of rows', 'u32', B * T),
      labels: scope.allocate('labels', 'i32', B),
      numeric: scope.floats('numbers of candidates', B * columns),
    };
  }

  upload(batch: ClickBatch): void {
    const { executor } = this.scope;
    const { candidates, labels, numeric } = batch;
    const columns = numericWidth(this.config);
    this.slots.fill(NOT_SELECTED);
    this.marks.fill(0);
    candidates.forEach((row, index) => {
      this.slots[row] = index;
      this.marks[row] = 1;
      this.numbers[index * columns] = 1;
      for (let i = 0; i < this.config.numeric; i++) {
        this.numbers[index * columns + 1 + i] = numeric?.[index * this.config.numeric + i] ?? 0;
      }
    });
    this.rows.upload(batch, this.marks);
    executor.write(this.buffers.candidates, candidates);
    executor.write(this.buffers.slots, this.slots);
    executor.write(this.buffers.labels, labels);
    executor.write(this.buffers.numeric, this.numbers);
  }

  loss(graph: Graph, context: LossContext): Value {
    return this.head(graph, context).loss;
  }

  /** Logits and losses of the candidates. */
  head(graph: Graph, context: LossContext): ClickLoss {
    const { config, buffers, shape } = this;
    const { parameters, hyper } = context;
    const { width } = config;
    const rows = shape.B;
    const index = { selected: viewOf(buffers.candidates), slots: viewOf(buffers.slots) };
    const sizes = { rows: rows * shape.T, selected: rows, width };
    const states = selectRows(graph, this.rows.hidden(graph, context), index, sizes);
    const outputs = headWidthOf(config);
    const inputs = numericWidth(config);
    const numbers = { view: viewOf(buffers.numeric), rows, inputs };
    const other = linearOfInput(graph, numbers, parameters.get(CLICK_NUMERIC), outputs);
    const through = { rows, inputs: width, outputs };
    const hidden = linear(graph, states, parameters.get(CLICK_HIDDEN), through, other);
    return clickLoss(
      graph,
      hidden,
      parameters.get(CLICK_OUTPUT),
      parameters.get(CLICK_BIAS),
      { labels: viewOf(buffers.labels), hyper },
      { rows, width: outputs },
    );
  }
}

/** y = f Wᵀ of numbers that are no result of the graph: only W has a gradient. */
function linearOfInput(
  graph: Graph,
  { view, rows, inputs }: { view: BufferView; rows: number; inputs: number },
  { weight, gradient }: Parameter,
  outputs: number,
): Value {
  const out = graph.value('head numbers', rows * outputs);
  const forward = { M: rows, N: outputs, K: inputs };
  emitMatmul(graph, 'nt', { out, a: view, b: weight }, forward, 0);
  graph.onBackward(() => {
    const dOut = graph.gradientOf(out);
    if (dOut === null || gradient === null) return;
    const dWeight = { M: outputs, N: inputs, K: rows };
    emitMatmul(graph, 'tn', { out: gradient, a: dOut, b: view }, dWeight, 1);
  });
  return out;
}

/** Impressions with a label. @errors invalid-argument */
function countScored(config: BehaviourConfig, batch: ClickBatch): number {
  const { B, T, candidates, labels, numeric } = batch;
  checkRows(config, batch);
  const wanted = B * config.numeric;
  if (candidates.length !== B || labels.length !== B || (numeric?.length ?? 0) !== wanted) {
    throw new AppError('invalid-argument', 'A batch needs candidate, label and numbers a row.');
  }
  let scored = 0;
  for (let i = 0; i < B; i++) {
    const row = candidates[i] ?? 0;
    const label = labels[i] ?? NaN;
    if (row < i * T || row >= (i + 1) * T) {
      throw new AppError('invalid-argument', `Candidate ${i} is outside of its sequence.`);
    }
    if (label !== 0 && label !== 1 && label !== -100) {
      throw new AppError('invalid-argument', `Label ${i} is ${label}, neither 0 nor 1.`);
    }
    if (label >= 0) scored += 1;
  }
  return scored;
}
