import { BufferScope } from '../../compute/buffer-scope.ts';
import type { DeviceBuffer, Executor, Program, Step } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import { TrainMemory } from '../../nn/training/train-memory.ts';
import type { TrainableModel } from '../../nn/training/trainable-model.ts';
import { checkFinite } from '../arena-checks.ts';
import { combination, type Combination } from '../gram/combine.ts';
import { gramPasses, type GramPasses } from '../gram/gram.ts';
import { linearCombination } from '../linear/linear-combination.ts';
import { entropyModel } from './entropy-model.ts';
import { nothingToLookAt, sumOfLosses } from './fisher-information.ts';
import type { LayerGroups } from './layer-groups.ts';

/** Task vectors that are multiplied with the gradient in one pass. */
const PER_PASS = 3;

/** What the session puts on the device. */
export interface SessionOperands<Shape, Batch extends Shape> {
  readonly model: TrainableModel<Shape, Batch>;
  readonly base: Float32Array;
  readonly models: readonly Float32Array[];
}

/** Device side of the search: base and task vectors, the merge, its gradient and the products. */
export class LayerWeightSession<Shape, Batch extends Shape> {
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
    request: SessionOperands<Shape, Batch>,
    groups: LayerGroups,
  ): Promise<LayerWeightSession<Shape, Batch>> {
    const memory = TrainMemory.create(executor, entropyModel(request.model));
    const scope = new BufferScope(executor);
    try {
      const parts = await prepareParts(executor, request, memory, scope);
      return new LayerWeightSession(executor, request, groups, memory, scope, parts);
    } catch (error) {
      scope.destroy();
      memory.destroy();
      throw error;
    }
  }

  private constructor(
    executor: Executor,
    request: SessionOperands<Shape, Batch>,
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
  { base, models, model }: SessionOperands<Shape, Batch>,
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
