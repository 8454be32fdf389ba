import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type DeviceBuffer } from '../../compute/executor.ts';
import { BehaviourEmbedding } from '../behaviour-model/behaviour-inputs.ts';
import { ClickHead } from '../behaviour-model/click-head.ts';
import {
  trainableClicks,
  type ClickBatch,
  type ClickModel,
  type ClickShape,
  type ScorableClicks,
} from '../behaviour-model/click-model.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { ClickLoss } from '../ops/click-loss.ts';
import { linear } from '../ops/linear.ts';
import { pairRows } from '../ops/pair-rows.ts';
import { poolHistory } from '../ops/pool-history.ts';
import { reluDot } from '../ops/relu-dot.ts';
import type { LossContext } from '../training/trainable-model.ts';
import {
  ACTIVATION_HIDDEN,
  ACTIVATION_HIDDEN_BIAS,
  ACTIVATION_OUTPUT,
  ACTIVATION_OUTPUT_BIAS,
  dinTable,
  pairWidth,
  type DinConfig,
} from './din-layout.ts';

/**
 * Click-through rate by a Deep Interest Network: each history item h is weighted by a local
 * activation unit a(h, c) = MLP([h, c, h ∘ c]) of its candidate c, without softmax; the weighted sum p
 * and the candidate go as [p, c, p ∘ c] to the click head with its other inputs; binary
 * cross-entropy, mean over impressions. The order of a history does not count. Unlike the paper's
 * the hidden layers, one each, are ReLU (not PReLU or Dice).
 * @errors invalid-argument when the sizes cannot run on the kernels
 * @source Zhou et al. 2018, arXiv:1706.06978
 */
export function dinModel(config: DinConfig): ClickModel {
  const table = dinTable(config);
  return trainableClicks(table, config, (scope, shape) => new DinInputs(scope, config, shape));
}

/** Device copies of a batch of impressions, and the graph to their logits and losses. */
export class DinInputs implements ScorableClicks {
  private readonly scope: BufferScope;
  private readonly config: DinConfig;
  private readonly shape: ClickShape;
  private readonly embedding: BehaviourEmbedding;
  private readonly clickHead: ClickHead;
  private readonly candidates: DeviceBuffer;
  private readonly marks: Uint32Array;

  constructor(scope: BufferScope, config: DinConfig, shape: ClickShape) {
    const { B, T } = shape;
    this.scope = scope;
    this.config = config;
    this.shape = shape;
    this.embedding = new BehaviourEmbedding(scope, config, B * T);
    this.clickHead = new ClickHead(scope, config, B);
    this.candidates = scope.allocate('candidate rows', 'u32', B);
    this.marks = new Uint32Array(B * T);
  }

  upload(batch: ClickBatch): void {
    this.marks.fill(0);
    for (const row of batch.candidates) this.marks[row] = 1;
    this.embedding.upload(batch, this.marks);
    this.clickHead.upload(batch);
    this.scope.executor.write(this.candidates, batch.candidates);
  }

  loss(graph: Graph, context: LossContext): Value {
    return this.head(graph, context).loss;
  }

  /** Logits and losses of the candidates. */
  head(graph: Graph, context: LossContext): ClickLoss {
    const { config, embedding } = this;
    const { B: sequences, T: length } = this.shape;
    const { parameters } = context;
    const rows = embedding.emit(graph, parameters);
    const at = { candidates: viewOf(this.candidates), spans: embedding.spans };
    const sizes = { sequences, length, width: config.width };
    const weights = this.activation(graph, pairRows(graph, rows, at, sizes), context);
    const states = poolHistory(graph, rows, weights, at, sizes);
    const widths = { inputs: pairWidth(config), hidden: config.headWidth };
    return this.clickHead.emit(graph, states, widths, context);
  }

  /** Weights of all rows, f32[B T]; those of no history stay unused. */
  private activation(graph: Graph, pairs: Value, { parameters }: LossContext): Value {
    const { config, shape } = this;
    const rows = shape.B * shape.T;
    const width = config.activationWidth;
    const hidden = linear(
      graph,
      pairs,
      parameters.get(ACTIVATION_HIDDEN),
      { rows, inputs: pairWidth(config), outputs: width },
      undefined,
      parameters.get(ACTIVATION_HIDDEN_BIAS),
    );
    return reluDot(
      graph,
      hidden,
      parameters.get(ACTIVATION_OUTPUT),
      parameters.get(ACTIVATION_OUTPUT_BIAS),
      { rows, width },
    );
  }
}
