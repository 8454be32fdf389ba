import { AppError } from '../../core/errors.ts';
import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type BufferView, type DeviceBuffer } from '../../compute/executor.ts';
import type { Graph, Parameter, Value } from '../graph/graph.ts';
import { addEmbedding } from '../ops/add-embedding.ts';
import { clickLoss, type ClickLoss } from '../ops/click-loss.ts';
import { linear } from '../ops/linear.ts';
import { emitMatmul } from '../ops/matmul.ts';
import { PackedTokens } from '../inputs/packed-tokens.ts';
import type { LossContext } from '../training/trainable-model.ts';
import {
  CLICK_BIAS,
  CLICK_HIDDEN,
  CLICK_NUMERIC,
  CLICK_OUTPUT,
  momentTable,
  numericWidth,
  type ClickHeadConfig,
} from './click-head-layout.ts';

/** What a batch of B impressions brings to the head. */
export interface ClickHeadBatch {
  /** i32[B]: 1 clicked, 0 not, -100 filler. */
  readonly labels: Int32Array;
  /** f32[B, numeric]; absent where the model takes none. */
  readonly numeric?: Float32Array;
  /** By feature of the moment, u32[B]; absent where the model takes none. */
  readonly moments?: Readonly<Record<string, Uint32Array>>;
}

/** @errors invalid-argument for columns of the wrong length and values beyond their tables */
export function checkHeadBatch(
  { numeric, moments = [] }: ClickHeadConfig,
  rows: number,
  batch: ClickHeadBatch,
): void {
  if (batch.labels.length !== rows || (batch.numeric?.length ?? 0) !== rows * numeric) {
    throw new AppError('invalid-argument', 'A batch needs candidate, label and numbers a row.');
  }
  for (const { name, values } of moments) {
    checkColumn(name, batch.moments?.[name], rows, values);
  }
}

/** @errors invalid-argument */
export function checkColumn(
  name: string,
  column: Uint32Array | undefined,
  rows: number,
  limit: number,
): void {
  if (column?.length !== rows) {
    const message = `Batch column "${name}" has ${column?.length ?? 0} of ${rows} positions.`;
    throw new AppError('invalid-argument', message);
  }
  for (const id of column) {
    if (id < limit) continue;
    throw new AppError('invalid-argument', `"${name}" ${id} is beyond its table of ${limit}.`);
  }
}

/** Device copies of what impressions bring to the head, and the graph from states to losses. */
export class ClickHead {
  private readonly scope: BufferScope;
  private readonly config: ClickHeadConfig;
  private readonly rows: number;
  private readonly numbers: Float32Array;
  private readonly whole: Uint32Array;
  private readonly labels: DeviceBuffer;
  private readonly numeric: DeviceBuffer;
  private readonly moments: readonly {
    readonly name: string;
    readonly values: number;
    readonly tokens: PackedTokens;
  }[];

  constructor(scope: BufferScope, config: ClickHeadConfig, rows: number) {
    const numbers = rows * numericWidth(config);
    this.scope = scope;
    this.config = config;
    this.rows = rows;
    this.numbers = new Float32Array(numbers);
    this.whole = Uint32Array.of(0, rows);
    this.labels = scope.allocate('labels', 'i32', rows);
    this.numeric = scope.floats('numbers of candidates', numbers);
    this.moments = (config.moments ?? []).map(({ name, values }) => ({
      name,
      values,
      tokens: new PackedTokens(scope, rows, values),
    }));
  }

  upload({ labels, numeric, moments }: ClickHeadBatch): void {
    const { executor } = this.scope;
    const columns = numericWidth(this.config);
    const count = this.config.numeric;
    for (let row = 0; row < this.rows; row++) {
      this.numbers[row * columns] = 1;
      for (let i = 0; i < count; i++) {
        this.numbers[row * columns + 1 + i] = numeric?.[row * count + i] ?? 0;
      }
    }
    executor.write(this.labels, labels);
    executor.write(this.numeric, this.numbers);
    for (const { name, tokens } of this.moments) {
      tokens.upload(moments?.[name] ?? new Uint32Array(this.rows), this.whole);
    }
  }

  /**
   * Linear, ReLU, linear, with the other inputs added before the ReLU.
   * @param states f32[B, inputs]
   */
  emit(
    graph: Graph,
    states: Value,
    sizes: { inputs: number; hidden: number },
    { parameters, hyper }: Pick<LossContext, 'parameters' | 'hyper'>,
  ): ClickLoss {
    const { rows, config } = this;
    const { inputs, hidden: width } = sizes;
    const numbers = { view: viewOf(this.numeric), rows, inputs: numericWidth(config) };
    let other = linearOfInput(graph, numbers, parameters.get(CLICK_NUMERIC), width);
    for (const { name, values, tokens } of this.moments) {
      const table = parameters.get(momentTable(name));
      const taken = { rows, width, vocabulary: values };
      other = addEmbedding(graph, other, table, tokens.tokens, taken);
    }
    const through = { rows, inputs, outputs: width };
    const hidden = linear(graph, states, parameters.get(CLICK_HIDDEN), through, other);
    return clickLoss(
      graph,
      hidden,
      parameters.get(CLICK_OUTPUT),
      parameters.get(CLICK_BIAS),
      { labels: viewOf(this.labels), hyper },
      { rows, width },
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
