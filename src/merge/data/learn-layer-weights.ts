import { BufferScope } from '../../compute/buffer-scope.ts';
import type { DeviceBuffer, Executor, Program, Step } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import { TrainMemory } from '../../nn/train-memory.ts';
import type { TrainableModel } from '../../nn/trainable-model.ts';
import { checkArena, checkFinite } from '../arena-checks.ts';
import { combination, type Combination } from '../gram/combine.ts';
import { gramPasses, type GramPasses } from '../gram/gram.ts';
import { linearCombination } from '../linear-combination.ts';
import { stopIfAborted } from '../merge-checks.ts';
import { entropyModel } from './entropy-model.ts';
import { nothingToLookAt, sumOfLosses, type StatisticsHooks } from './fisher-information.ts';

export interface LayerWeightSettings {
  /** λ of all models and layers to begin with; 0.3 in the paper. */
  readonly initial: number;
  readonly learningRate: number;
  readonly steps: number;
  /** Keeps λ within 0…1. */
  readonly clamp: boolean;
  /** What has a λ of its own for each model: a tensor, a block of the model, or all of it. */
  readonly layers: 'tensor' | 'block' | 'model';
}

export interface LayerWeightRequest<Shape, Batch extends Shape> {
  /** The model with its usual loss; its predictions are what counts. */
  readonly model: TrainableModel<Shape, Batch>;
  readonly base: Float32Array;
  readonly models: readonly Float32Array[];
  /** Batches of a step, one a domain as a rule; the loss is the mean over their scored positions. */
  readonly batchesOf: (step: number) => readonly Batch[];
  readonly settings: LayerWeightSettings;
}

export interface LearnedLayerWeights {
  /** λ[model][layer]. */
  readonly weights: readonly (readonly number[])[];
  /** Names of the layers: tensors, blocks, or "model". */
  readonly layers: readonly string[];
  /** Mean entropy (nats) before each step. */
  readonly entropies: readonly number[];
  readonly parameters: Float32Array<ArrayBuffer>;
}

const ADAM = { beta1: 0.9, beta2: 0.999, eps: 1e-8 };
/** Task vectors that are multiplied with the gradient in one pass. */
const PER_PASS = 3;

/**
 * AdaMerging: θ_l = θᵦ_l + Σ λ_{k,l} τ_{k,l} with the λ that make predictions sure: Adam on their
 * mean entropy, ∂H/∂λ_{k,l} = ⟨∂H/∂θ_l, τ_{k,l}⟩. No target is used. Merge, backward pass and
 * products run on the device; λ and Adam's moments are float64 on the host. Device memory: training
 * of one model and K + 1 arenas. Deterministic.
 * @errors invalid-argument (no batch), layout-mismatch, non-finite, aborted, limit-exceeded where
 *         the parameters or the head need more than one buffer
 * @source Yang et al. 2024, arXiv:2310.02575 (layer-wise; a layer is a tensor there)
 */
export async function learnLayerWeights<Shape, Batch extends Shape>(
  executor: Executor,
  request: LayerWeightRequest<Shape, Batch>,
  { signal, onProgress }: StatisticsHooks = {},
): Promise<LearnedLayerWeights> {
  const { model, settings, batchesOf } = request;
  const { layout } = model;
  [request.base, ...request.models].forEach((arena, index) => {
    const name = index === 0 ? 'The base' : `Model ${index}`;
    checkArena(layout, arena, name);
    checkFinite(layout, arena, name);
  });
  const groups = layerGroups(layout, settings.layers);
  const adam = new LayerAdam(request.models.length, groups.names.length, settings);
  const session = await LearnSession.open(executor, request, groups);
  try {
    const entropies: number[] = [];
    for (let step = 0; step < settings.steps; step++) {
      stopIfAborted(signal);
      const batches = batchesOf(step);
      if (batches.length === 0) throw nothingToLookAt();
      const { entropy, gradient } = await session.gradientAt(adam.weights, batches);
      entropies.push(entropy);
      adam.move(gradient);
      onProgress?.(step + 1, settings.steps);
    }
    const parameters = await session.merged(adam.weights);
    return { weights: adam.weights, layers: groups.names, entropies, parameters };
  } finally {
    session.destroy();
  }
}

interface LayerGroups {
  readonly names: readonly string[];
  /** Layer of each tensor, in the order of the layout. */
  readonly of: readonly number[];
}

/** Tensors outside of the blocks (embedding, final norm, head) are layers of their own. */
export function layerGroups(
  layout: ParameterLayout,
  kind: LayerWeightSettings['layers'],
): LayerGroups {
  const names: string[] = [];
  const of = layout.entries.map(({ name }) => {
    const block = /^.*\blayers\.\d+/.exec(name)?.[0] ?? name;
    const layer = kind === 'model' ? 'model' : kind === 'block' ? block : name;
    if (!names.includes(layer)) names.push(layer);
    return names.indexOf(layer);
  });
  return { names, of };
}

/** λ with Adam's moments. */
class LayerAdam {
  readonly weights: number[][];
  private readonly settings: LayerWeightSettings;
  private readonly moments: { m: number; v: number }[][];
  private steps = 0;

  constructor(models: number, layers: number, settings: LayerWeightSettings) {
    this.settings = settings;
    const table = <T>(value: () => T) =>
      Array.from({ length: models }, () => Array.from({ length: layers }, value));
    this.weights = table(() => settings.initial);
    this.moments = table(() => ({ m: 0, v: 0 }));
  }

  move(gradient: readonly (readonly number[])[]): void {
    const { beta1, beta2, eps } = ADAM;
    const { learningRate, clamp } = this.settings;
    this.steps += 1;
    this.weights.forEach((row, k) => {
      row.forEach((value, l) => {
        const moment = this.moments[k]?.[l];
        const g = gradient[k]?.[l] ?? 0;
        if (moment === undefined) return;
        moment.m = beta1 * moment.m + (1 - beta1) * g;
        moment.v = beta2 * moment.v + (1 - beta2) * g * g;
        const mean = moment.m / (1 - beta1 ** this.steps);
        const size = Math.sqrt(moment.v / (1 - beta2 ** this.steps));
        const moved = value - (learningRate * mean) / (size + eps);
        row[l] = clamp ? Math.min(1, Math.max(0, moved)) : moved;
      });
    });
  }
}

/** Device side of the search: base and task vectors, the merge, its gradient and the products. */
class LearnSession<Shape, Batch extends Shape> {
  private readonly executor: Executor;
  private readonly model: TrainableModel<Shape, Batch>;
  private readonly memory: TrainMemory<Shape, Batch>;
  private readonly scope: BufferScope;
  private readonly groups: LayerGroups;
  private readonly weights: DeviceBuffer;
  private readonly gradients: DeviceBuffer;
  private readonly merge: Combination;
  private readonly products: readonly GramPasses[];
  private readonly programs: { merge: Program; multiply: Program };
  private readonly modelCount: number;

  static async open<Shape, Batch extends Shape>(
    executor: Executor,
    request: LayerWeightRequest<Shape, Batch>,
    groups: LayerGroups,
  ): Promise<LearnSession<Shape, Batch>> {
    const memory = TrainMemory.create(executor, entropyModel(request.model));
    const scope = new BufferScope(executor);
    try {
      const parts = await prepareParts(executor, request, memory, scope);
      return new LearnSession(executor, request, groups, memory, scope, parts);
    } catch (error) {
      scope.destroy();
      memory.destroy();
      throw error;
    }
  }

  private constructor(
    executor: Executor,
    request: LayerWeightRequest<Shape, Batch>,
    groups: LayerGroups,
    memory: TrainMemory<Shape, Batch>,
    scope: BufferScope,
    parts: Parts,
  ) {
    this.executor = executor;
    this.model = request.model;
    this.modelCount = request.models.length;
    this.groups = groups;
    this.memory = memory;
    this.scope = scope;
    this.weights = parts.weights;
    this.gradients = parts.gradients;
    this.merge = parts.merge;
    this.products = parts.products;
    this.programs = parts.programs;
  }

  /** Mean entropy of the batches at these λ, and its gradient. */
  async gradientAt(lambda: readonly (readonly number[])[], batches: readonly Batch[]) {
    const { executor, memory } = this;
    this.queueMerge(lambda);
    executor.clear(this.gradients);
    executor.clear(memory.lossTotal);
    const scored = batches.reduce((sum, batch) => sum + this.model.countScored(batch), 0);
    if (scored === 0) throw nothingToLookAt();
    executor.write(memory.optimizer.hyper, sumOfLosses(1 / scored));
    for (const batch of batches) {
      const program = await memory.program(batch, 'add');
      program.upload(batch);
      executor.run(program.plan.program);
    }
    executor.run(this.programs.multiply);
    const [total = Number.NaN] = await executor.readFloats(memory.lossTotal);
    return { entropy: total / scored, gradient: await this.readProducts() };
  }

  async merged(lambda: readonly (readonly number[])[]): Promise<Float32Array<ArrayBuffer>> {
    this.queueMerge(lambda);
    const parameters = await this.executor.readFloats(this.weights);
    checkFinite(this.model.layout, parameters, 'The merged model');
    return parameters;
  }

  destroy(): void {
    this.programs.merge.destroy();
    this.programs.multiply.destroy();
    this.scope.destroy();
    this.memory.destroy();
  }

  private queueMerge(lambda: readonly (readonly number[])[]): void {
    const { table } = this.merge;
    const coefficients = Array.from(table.tensors, (tensor) => [
      1,
      ...lambda.map((row) => row[this.groups.of[tensor] ?? 0] ?? Number.NaN),
    ]);
    this.merge.write(Float64Array.from(coefficients.flat()));
    this.executor.run(this.programs.merge);
  }

  /** ⟨gradient, τ_k⟩ of every model, added up by layer. */
  private async readProducts(): Promise<number[][]> {
    const gradient = Array.from({ length: this.modelCount }, () => this.groups.names.map(() => 0));
    for (const [index, pass] of this.products.entries()) {
      const grams = await pass.read();
      const { table, form } = grams;
      for (let vector = 0; vector < table.vectorCount; vector++) {
        const layer = this.groups.of[table.tensors[vector] ?? 0] ?? 0;
        for (let slot = 1; slot < form.operands.length; slot++) {
          const row = gradient[index * PER_PASS + slot - 1];
          if (row !== undefined) row[layer] = (row[layer] ?? 0) + grams.matrix(vector).at(0, slot);
        }
      }
    }
    return gradient;
  }
}

interface Parts {
  readonly weights: DeviceBuffer;
  readonly gradients: DeviceBuffer;
  readonly merge: Combination;
  readonly products: readonly GramPasses[];
  readonly programs: { merge: Program; multiply: Program };
}

async function prepareParts<Shape, Batch extends Shape>(
  executor: Executor,
  { base, models, model }: LayerWeightRequest<Shape, Batch>,
  memory: TrainMemory<Shape, Batch>,
  scope: BufferScope,
): Promise<Parts> {
  const [shard, more] = memory.arena.trained;
  if (shard === undefined || more !== undefined) {
    throw new AppError('limit-exceeded', 'AdaMerging needs all parameters in one buffer.', {
      hint: 'Use a smaller model or an adapter with larger buffers. Nothing was started.',
    });
  }
  const { layout } = model;
  const { weights, gradients } = shard;
  const origin = scope.floats('base', layout.length);
  executor.write(origin, base);
  const vectors: DeviceBuffer[] = [];
  for (const arena of models) {
    const vector = scope.floats('task vector', layout.length);
    executor.write(weights, arena);
    await runOnce(executor, [differenceStep(vector, weights, origin)]);
    vectors.push(vector);
  }
  const context = {
    executor,
    layout,
    scratch: (label: string, type: 'f32' | 'u32' | 'i32', length: number) =>
      scope.allocate(label, type, length),
    run: (steps: readonly Step[]) => runOnce(executor, steps),
  };
  const merge = combination(
    { ...context, base: origin, models: vectors, output: weights },
    { operands: ['base', ...vectors.keys()], origin: null, unit: 'tensor' },
  );
  const products: GramPasses[] = [];
  for (let first = 0; first < vectors.length; first += PER_PASS) {
    const operands = [gradients, ...vectors.slice(first, first + PER_PASS)];
    const form = { operands: [...operands.keys()], origin: null, unit: 'tensor' } as const;
    products.push(gramPasses({ ...context, base: null, models: operands }, form));
  }
  const programs = {
    merge: await executor.prepare('merge of layers', merge.steps),
    multiply: await executor.prepare(
      'gradient of λ',
      products.flatMap(({ steps }) => steps),
    ),
  };
  return { weights, gradients, merge, products, programs };
}

/** target = x − origin. */
function differenceStep(target: DeviceBuffer, x: DeviceBuffer, origin: DeviceBuffer): Step {
  return {
    kernel: linearCombination,
    bind: { target, origin, x0: x, x1: x, x2: x, x3: x },
    uniforms: {
      ...{ quads: target.length / 4, terms: 1, start: 0, relative: 1 },
      ...{ c0: 1, c1: 0, c2: 0, c3: 0 },
    },
  };
}

async function runOnce(executor: Executor, steps: readonly Step[]): Promise<void> {
  const program = await executor.prepare('merge', steps);
  try {
    executor.run(program);
    await executor.idle();
  } finally {
    program.destroy();
  }
}
