import { AppError } from '../../core/errors.ts';
import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type DeviceBuffer } from '../../compute/executor.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { embedding } from '../ops/embedding.ts';
import { normalizeRows } from '../ops/normalize-rows.ts';
import { rmsnorm } from '../ops/rmsnorm.ts';
import { sampledSoftmax } from '../ops/sampled-softmax.ts';
import { PackedTokens } from '../inputs/packed-tokens.ts';
import type { BatchInputs, LossContext, TrainableModel } from '../training/trainable-model.ts';
import { BehaviourInputs, checkRows, type BehaviourRows } from './behaviour-inputs.ts';
import {
  behaviourTable,
  featureTable,
  isCausal,
  ITEM_EMBEDDINGS,
  type BehaviourConfig,
} from './behaviour-layout.ts';

/** Cosines are divided by it. */
export const TEMPERATURE = 0.05;
/** Far below any mean square of a state: it only keeps a zero state from dividing by 0. */
const SHORTEST = 1e-12;

export interface NextItemShape {
  readonly B: number;
  readonly T: number;
  /** Negatives of each sequence; 0 = every item competes (full softmax). */
  readonly samples: number;
}

/** Sequences of behaviour; each position predicts the item after it and that item's features. */
export interface NextItemBatch extends NextItemShape, BehaviourRows {
  /** i32[B T]: next item, -100 = not scored. */
  readonly targets: Int32Array;
  /** By side feature, i32[B T]: value of the next item, -100 where `targets` is. */
  readonly targetFeatures: Readonly<Record<string, Int32Array>>;
  /** u32[B samples]: negatives drawn uniformly over the items, as drawn. */
  readonly negatives: Uint32Array;
}

/**
 * Generative pretraining of GPSD: cosine logits over a temperature of 0.05, tied tables, sampled
 * softmax over items with negatives that a sequence's positions share (no correction of their
 * frequency), full softmax over each side feature; the losses add up. Mean over scored positions.
 * @errors invalid-argument when the sizes cannot run on the kernels, or for bidirectional attention
 * @source GPSD, arXiv:2506.03699
 */
export function nextItemModel(
  config: BehaviourConfig,
): TrainableModel<NextItemShape, NextItemBatch> {
  if (!isCausal(config)) {
    const message = 'Next-item pretraining cannot use bidirectional attention.';
    throw new AppError('invalid-argument', `${message} Each position would see its own target.`, {
      hint: 'Pretrain with causal attention; a bidirectional click model can start from it.',
    });
  }
  return {
    ...behaviourTable(config, false),
    keyOf: ({ B, T, samples }) => `${B}x${T} next items, ${samples} negatives`,
    countScored: (batch) => countScored(config, batch),
    mostParts: () => 1,
    microShapes: (shapes) =>
      shapes
        .map((shape) => ({ ...shape, parts: 1 }))
        .sort((a, b) => b.B * b.T - a.B * a.T || b.T - a.T),
    open: () => ({ inputs: (scope, shape) => new NextItemInputs(scope, config, shape) }),
  };
}

/** One softmax: a table, its targets and who competes with them. */
class Prediction {
  private readonly scope: BufferScope;
  private readonly table: string;
  private readonly vocabulary: number;
  private readonly groups: number;
  private readonly samples: number;
  private readonly rows: number;
  private readonly candidates: PackedTokens;
  private readonly ids: Uint32Array;
  private readonly whole: Uint32Array;
  private readonly targets: DeviceBuffer;
  private readonly shifts: DeviceBuffer;

  /** @param sampled null: all of the table compete */
  constructor(
    scope: BufferScope,
    rows: number,
    { name, vocabulary }: { name: string; vocabulary: number },
    sampled: { groups: number; samples: number } | null,
  ) {
    this.scope = scope;
    this.table = name;
    this.vocabulary = vocabulary;
    this.rows = rows;
    this.groups = sampled?.groups ?? 1;
    this.samples = sampled?.samples ?? vocabulary;
    const count = rows + this.groups * this.samples;
    this.candidates = new PackedTokens(scope, count, vocabulary);
    this.ids = new Uint32Array(count);
    this.whole = Uint32Array.of(0, count);
    for (let i = 0; i < vocabulary && sampled === null; i++) this.ids[rows + i] = i;
    this.targets = scope.allocate('targets', 'i32', rows);
    this.shifts = scope.floats('shifts of logits', count);
  }

  upload(targets: Int32Array, negatives: Uint32Array | null): void {
    targets.forEach((target, row) => {
      this.ids[row] = Math.max(0, target);
    });
    if (negatives !== null) this.ids.set(negatives, this.rows);
    this.candidates.upload(this.ids, this.whole);
    this.scope.executor.write(this.targets, targets);
  }

  /** @param states f32[rows, width]: unit rows over the temperature */
  loss(
    graph: Graph,
    states: Value,
    width: number,
    { parameters, hyper }: LossContext,
    addTo?: Value,
  ): Value {
    const { rows, groups, samples, vocabulary } = this;
    const count = this.ids.length;
    const { tokens } = this.candidates;
    const sizes = { rows: count, width, vocabulary };
    const vectors = embedding(graph, parameters.get(this.table), tokens, sizes);
    const units = normalizeRows(graph, vectors, { rows: count, width });
    const inputs = {
      targets: viewOf(this.targets),
      candidates: tokens.ids,
      shifts: viewOf(this.shifts),
      hyper,
    };
    const softmax = { rows, width, groups, samples };
    return sampledSoftmax(graph, states, units, inputs, softmax, addTo);
  }
}

class NextItemInputs implements BatchInputs<NextItemBatch> {
  private readonly config: BehaviourConfig;
  private readonly shape: NextItemShape;
  private readonly rows: BehaviourInputs;
  private readonly items: Prediction;
  private readonly features: readonly { readonly name: string; readonly prediction: Prediction }[];
  /** f32[C], 1 / (temperature √C): with it RMSNorm gives unit rows over the temperature. */
  private readonly scale: DeviceBuffer;
  private readonly marks: Uint32Array;

  constructor(scope: BufferScope, config: BehaviourConfig, shape: NextItemShape) {
    const { B, T, samples } = shape;
    const { width, items } = config;
    this.config = config;
    this.shape = shape;
    this.rows = new BehaviourInputs(scope, config, shape);
    const table = { name: ITEM_EMBEDDINGS, vocabulary: items };
    const sampled = samples === 0 ? null : { groups: B, samples };
    this.items = new Prediction(scope, B * T, table, sampled);
    this.features = config.features.map(({ name, values }) => ({
      name,
      prediction: new Prediction(
        scope,
        B * T,
        { name: featureTable(name), vocabulary: values },
        null,
      ),
    }));
    this.scale = scope.floats('cosine scale', width);
    const weight = 1 / (TEMPERATURE * Math.sqrt(width));
    scope.executor.write(this.scale, new Float32Array(width).fill(weight));
    this.marks = new Uint32Array(B * T);
  }

  upload(batch: NextItemBatch): void {
    this.rows.upload(batch, this.marks);
    this.items.upload(batch.targets, this.shape.samples === 0 ? null : batch.negatives);
    for (const { name, prediction } of this.features) {
      prediction.upload(batch.targetFeatures[name] ?? batch.targets.map(() => -100), null);
    }
  }

  loss(graph: Graph, context: LossContext): Value {
    const { B, T } = this.shape;
    const { width } = this.config;
    const hidden = this.rows.hidden(graph, context);
    const scale = { weight: viewOf(this.scale), gradient: null };
    const states = rmsnorm(graph, hidden, scale, { rows: B * T, width, eps: SHORTEST });
    const loss = this.items.loss(graph, states, width, context);
    for (const { prediction } of this.features) {
      prediction.loss(graph, states, width, context, loss);
    }
    return loss;
  }
}

/** Scored positions. @errors invalid-argument */
function countScored(config: BehaviourConfig, batch: NextItemBatch): number {
  checkRows(config, batch);
  const { B, T, samples, targets, targetFeatures, negatives } = batch;
  if (targets.length !== B * T || negatives.length !== B * samples) {
    throw new AppError('invalid-argument', 'A batch needs a target a position and its negatives.');
  }
  if (negatives.some((item) => item >= config.items)) {
    throw new AppError('invalid-argument', 'A negative is beyond the table of items.');
  }
  let scored = 0;
  targets.forEach((target, row) => {
    if (target >= config.items) {
      throw new AppError('invalid-argument', `Target ${target} is beyond the table of items.`);
    }
    if (target >= 0) scored += 1;
    for (const { name, values } of config.features) {
      const value = targetFeatures[name]?.[row] ?? -100;
      if (value < values && value >= 0 === target >= 0) continue;
      throw new AppError('invalid-argument', `Target ${row} of "${name}" is ${value}.`);
    }
  });
  return scored;
}
