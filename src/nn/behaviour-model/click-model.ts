import { AppError } from '../../core/errors.ts';
import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type DeviceBuffer } from '../../compute/executor.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { ClickLoss } from '../ops/click-loss.ts';
import { selectRows } from '../ops/select-rows.ts';
import { NOT_SELECTED } from '../ops/select-rows.ts';
import type { BatchInputs, LossContext, TrainableModel } from '../training/trainable-model.ts';
import type { ParameterTable } from '../graph/parameter-table.ts';
import { BehaviourInputs, checkRows, type BehaviourRows } from './behaviour-inputs.ts';
import {
  behaviourTable,
  headWidthOf,
  type BehaviourConfig,
  type BehaviourTables,
} from './behaviour-layout.ts';
import { checkHeadBatch, ClickHead, type ClickHeadBatch } from './click-head.ts';
import type { ClickHeadConfig } from './click-head-layout.ts';

/** What the ids of a batch of impressions must fit. */
type ClickTables = Pick<BehaviourTables, 'items' | 'features'> & ClickHeadConfig;

export interface ClickShape {
  readonly B: number;
  readonly T: number;
}

/** Sequences that end with their candidate: one impression each. */
export interface ClickBatch extends ClickShape, BehaviourRows, ClickHeadBatch {
  /** u32[B]: the candidate's row, inside of its sequence. */
  readonly candidates: Uint32Array;
}

/**
 * Click-through rate: history and candidate in one sequence, causal or not, the candidate's final
 * hidden state and its other inputs through an MLP, binary cross-entropy, mean over impressions.
 * @errors invalid-argument when the sizes cannot run on the kernels
 * @source GPSD, arXiv:2506.03699
 */
export function clickModel(config: BehaviourConfig): ClickModel {
  const table = behaviourTable(config, true);
  return trainableClicks(table, config, (scope, shape) => new ClickInputs(scope, config, shape));
}

/** Device copies of impressions that give logits too, for scoring. */
export interface ScorableClicks extends BatchInputs<ClickBatch> {
  head(graph: Graph, context: LossContext): ClickLoss;
}

/** A model of impressions: what trains on batches of clicks, or scores them, is the same for all. */
export interface ClickModel extends TrainableModel<ClickShape, ClickBatch> {
  open(scope: BufferScope): {
    inputs(scope: BufferScope, shape: ClickShape): ScorableClicks;
  };
}

/** A click model of these parameters, from what emits its graph. */
export function trainableClicks(
  table: ParameterTable,
  config: ClickTables,
  inputs: (scope: BufferScope, shape: ClickShape) => ScorableClicks,
): ClickModel {
  return {
    ...table,
    keyOf: ({ B, T }) => `${B}x${T} clicks`,
    countScored: (batch) => countClicks(config, batch),
    mostParts: () => 1,
    microShapes: (shapes) =>
      shapes
        .map((shape) => ({ ...shape, parts: 1 }))
        .sort((a, b) => b.B * b.T - a.B * a.T || b.T - a.T),
    open: () => ({ inputs }),
  };
}

/** Device copies of a batch of impressions, and the graph to their logits and losses. */
export class ClickInputs implements ScorableClicks {
  private readonly scope: BufferScope;
  private readonly config: BehaviourConfig;
  private readonly shape: ClickShape;
  private readonly rows: BehaviourInputs;
  private readonly clickHead: ClickHead;
  private readonly buffers: Readonly<Record<'candidates' | 'slots', DeviceBuffer>>;
  private readonly slots: Uint32Array;
  private readonly marks: Uint32Array;

  constructor(scope: BufferScope, config: BehaviourConfig, shape: ClickShape) {
    const { B, T } = shape;
    this.scope = scope;
    this.config = config;
    this.shape = shape;
    this.rows = new BehaviourInputs(scope, config, shape);
    this.clickHead = new ClickHead(scope, config, B);
    this.slots = new Uint32Array(B * T);
    this.marks = new Uint32Array(B * T);
    this.buffers = {
      candidates: scope.allocate('candidate rows', 'u32', B),
      slots: scope.allocate('candidates of rows', 'u32', B * T),
    };
  }

  upload(batch: ClickBatch): void {
    const { executor } = this.scope;
    const { candidates } = batch;
    this.slots.fill(NOT_SELECTED);
    this.marks.fill(0);
    candidates.forEach((row, index) => {
      this.slots[row] = index;
      this.marks[row] = 1;
    });
    this.rows.upload(batch, this.marks);
    this.clickHead.upload(batch);
    executor.write(this.buffers.candidates, candidates);
    executor.write(this.buffers.slots, this.slots);
  }

  loss(graph: Graph, context: LossContext): Value {
    return this.head(graph, context).loss;
  }

  /** Logits and losses of the candidates. */
  head(graph: Graph, context: LossContext): ClickLoss {
    const { config, buffers, shape } = this;
    const { width } = config;
    const rows = shape.B;
    const index = { selected: viewOf(buffers.candidates), slots: viewOf(buffers.slots) };
    const sizes = { rows: rows * shape.T, selected: rows, width };
    const states = selectRows(graph, this.rows.hidden(graph, context), index, sizes);
    const widths = { inputs: width, hidden: headWidthOf(config) };
    return this.clickHead.emit(graph, states, widths, context);
  }
}

/**
 * Impressions with a label, of a batch that fits the tables.
 * @errors invalid-argument
 */
function countClicks(config: ClickTables, batch: ClickBatch): number {
  const { B, T, candidates, labels } = batch;
  checkRows(config, batch);
  if (candidates.length !== B) {
    throw new AppError('invalid-argument', 'A batch needs candidate, label and numbers a row.');
  }
  checkHeadBatch(config, B, batch);
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
