import { expect } from 'vitest';
import { BufferScope } from '../../../src/compute/buffer-scope.ts';
import { CpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { viewOf, type DeviceBuffer, type Executor } from '../../../src/compute/executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import type { EmbeddingBatch } from '../../../src/nn/embedding-model/embedding-batch.ts';
import {
  createEmbeddingModel,
  embeddingTable,
  LOGIT_SCALE,
  type EncoderConfig,
} from '../../../src/nn/embedding-model/embedding-layout.ts';
import { embeddingModel } from '../../../src/nn/embedding-model/embedding-model.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { estimateTraining } from '../../../src/nn/training/memory-estimate.ts';
import { HYPER, HYPER_LENGTH } from '../../../src/nn/ops/optimizer.ts';
import { placementFor } from '../../../src/nn/graph/parameter-arena.ts';
import { ParameterViews } from '../../../src/nn/graph/parameters.ts';
import { Workspace } from '../../../src/nn/graph/plan.ts';
import { createTrainProgram } from '../../../src/nn/training/train-program.ts';
import { Trainer } from '../../../src/nn/training/trainer.ts';
import { expectClose } from '../ops/check-op.ts';
import { TINY } from './training.ts';

/** 300 tokens: with little room the embedding lies in two ranges of rows. */
export const BASE = { ...TINY, vocabSize: 300, layers: 3 };
export const LAYOUT = embeddingTable(BASE).layout;
/** The same with a vector of its own for each of 12 items. */
export const WITH_VECTORS: EncoderConfig = { ...BASE, itemVectors: 12 };

/** Weights of larger spread than at the start, so that nothing is almost 0. */
export function spreadParameters(base: EncoderConfig = BASE): Float32Array<ArrayBuffer> {
  const arena = createEmbeddingModel(base, initialParameters(base, 3), 5);
  const random = new RandomStream(7, 'spread');
  for (const { name, offset, size } of embeddingTable(base).layout.entries) {
    if (name === LOGIT_SCALE) continue;
    for (let i = offset; i < offset + size; i++) {
      arena[i] = (arena[i] ?? 0) + 0.15 * random.nextNormal();
    }
  }
  return arena;
}

/** Two users of 4 and 5 inputs with padding between and after, 8 of up to 10 items, repeats. */
export const BATCH: EmbeddingBatch = {
  tokens: 48,
  items: 10,
  positions: 16,
  samples: 6,
  texts: [[3, 9, 27], [4], [12, 5, 7, 11], [46, 1], [13, 3], [2, 2, 2, 2, 2], [40], [8, 9]],
  numbers: [4, 1, 11, 0, 7, 2, 10, 5],
  inputs: Int32Array.of(0, 1, 2, 1, -1, 3, 4, 5, 0, 7, -1, -1, -1, -1, -1, -1),
  targets: Int32Array.of(1, 2, 1, 6, -1, -100, 5, 0, 7, 2, -1, -1, -1, -1, -1, -1),
  segments: Uint32Array.of(0, 4, 5, 10),
  negatives: Uint32Array.of(0, 3, 3, 6, 2, 7),
};

type BenchBuffers = Readonly<Record<'weights' | 'gradients' | 'hyper', DeviceBuffer>>;

/** A program that leaves its gradients, on any executor. */
export class GradientBench {
  private readonly base: EncoderConfig;
  private readonly scope: BufferScope;
  private readonly workspace: Workspace;
  private readonly buffers: BenchBuffers;
  private readonly program: Awaited<ReturnType<typeof GradientBench.prepare>>;

  static async create(
    executor: Executor,
    { base = BASE, recompute = false }: { base?: EncoderConfig; recompute?: boolean } = {},
  ): Promise<GradientBench> {
    const { length } = embeddingTable(base).layout;
    const scope = new BufferScope(executor);
    const workspace = new Workspace(executor);
    const buffers = {
      weights: scope.floats('weights', length),
      gradients: scope.floats('gradients', length),
      hyper: scope.floats('hyper', HYPER_LENGTH),
    };
    const prepared = await GradientBench.prepare(base, scope, workspace, buffers, recompute);
    return new GradientBench(base, scope, workspace, buffers, prepared);
  }

  private static async prepare(
    base: EncoderConfig,
    scope: BufferScope,
    workspace: Workspace,
    { weights, gradients, hyper }: BenchBuffers,
    recompute: boolean,
  ) {
    const { executor } = scope;
    let loss = viewOf(hyper);
    const program = await createTrainProgram(
      executor,
      {
        place: (lifetimes) => {
          const views = workspace.place(lifetimes);
          for (const [value, view] of views) if (value.label === 'loss') loss = view;
          return views;
        },
      },
      {
        model: embeddingModel(base).open(scope),
        shape: BATCH,
        name: 'tiny',
        parameters: ParameterViews.whole(embeddingTable(base).layout, weights, gradients),
        optimizer: { shards: [], hyper, partial: hyper, control: hyper, stats: hyper },
        lossTotal: hyper,
        part: 'gradients',
        recompute,
      },
    );
    return { program, loss };
  }

  private constructor(
    base: EncoderConfig,
    scope: BufferScope,
    workspace: Workspace,
    buffers: BenchBuffers,
    program: GradientBench['program'],
  ) {
    this.base = base;
    this.scope = scope;
    this.workspace = workspace;
    this.buffers = buffers;
    this.program = program;
  }

  /** @returns the mean loss and the gradient of all parameters */
  async run(arena: ArrayLike<number>, batch = BATCH) {
    const { base } = this;
    const { executor } = this.scope;
    const { weights, gradients, hyper } = this.buffers;
    const isOracle = executor instanceof CpuExecutor;
    const scored = embeddingModel(base).countScored(batch);
    const values = new Float64Array(HYPER_LENGTH);
    values[HYPER.lossScale] = 1 / scored;
    const write = (data: ArrayLike<number>) =>
      (isOracle ? Float64Array.from(data) : Float32Array.from(data)) as Float32Array;
    executor.write(weights, write(arena));
    executor.write(gradients, new Float32Array(arena.length));
    executor.write(hyper, write(values));
    const { program, loss } = this.program;
    program.upload(batch);
    executor.run(program.plan.program);
    const read = (view: typeof loss) =>
      isOracle ? executor.numbers(view) : executor.readFloats(view);
    const losses = Array.from(await read(loss));
    return {
      loss: losses.reduce((sum, value) => sum + value, 0) / scored,
      gradient: Array.from(await read(viewOf(gradients))),
    };
  }

  destroy(): void {
    this.program.program.destroy();
    this.workspace.destroy();
    this.scope.destroy();
  }
}

/** Central differences of the float64 loss at a few elements of every tensor, or of some. */
export async function checkDifferences(
  base: EncoderConfig = BASE,
  isChecked: (name: string) => boolean = () => true,
): Promise<void> {
  const bench = await GradientBench.create(new CpuExecutor('f64'), { base });
  const arena = Float64Array.from(spreadParameters(base));
  const { gradient } = await bench.run(arena);
  for (const { name, offset, size } of embeddingTable(base).layout.entries) {
    if (!isChecked(name)) continue;
    const random = new RandomStream(11, name);
    const own = gradient.slice(offset, offset + size);
    expect(
      own.some((value) => value !== 0),
      `${name} has a gradient`,
    ).toBe(true);
    for (let draw = 0; draw < 3; draw++) {
      // The largest one first: most tokens of the vocabulary have none.
      const largest = own.reduce(
        (best, g, i) => (Math.abs(g) > Math.abs(own[best] ?? 0) ? i : best),
        0,
      );
      const i = offset + (draw === 0 ? largest : random.nextInt(size));
      const x = arena[i] ?? NaN;
      const h = 2e-6;
      arena[i] = x + h;
      const up = await bench.run(arena);
      arena[i] = x - h;
      const down = await bench.run(arena);
      arena[i] = x;
      const error = Math.abs((up.loss - down.loss) / (2 * h) - (gradient[i] ?? NaN));
      expect(error, `d ${name}[${i - offset}]`).toBeLessThanOrEqual(1e-7);
    }
  }
  bench.destroy();
}

/** Loss and gradients of an executor against float64; blocks computed again give the same bits. */
export async function checkGradients(
  executor: Executor,
  base: EncoderConfig = BASE,
): Promise<void> {
  const before = executor.memory().liveBytes;
  const oracle = await GradientBench.create(new CpuExecutor('f64'), { base });
  const arena = spreadParameters(base);
  const want = await oracle.run(arena);
  const bench = await GradientBench.create(executor, { base });
  const got = await bench.run(arena);
  expectClose([got.loss], [want.loss], { absolute: 0, relative: 2e-5 }, 'loss');
  expectClose(got.gradient, want.gradient, { absolute: 2e-5, relative: 1e-3 }, 'gradients');
  expect(await bench.run(arena), 'same bits on repeat').toEqual(got);
  const again = await GradientBench.create(executor, { base, recompute: true });
  expect(await again.run(arena), 'recomputed').toEqual(got);
  for (const one of [oracle, bench, again]) one.destroy();
  expect(executor.memory().liveBytes).toBe(before);
}

/** What stands in padding, and room that is not used, changes nothing. */
export async function checkPadding(executor: Executor): Promise<void> {
  const bench = await GradientBench.create(executor);
  const arena = spreadParameters();
  const want = await bench.run(arena);
  const { inputs } = BATCH;
  const other = { ...BATCH, inputs: inputs.map((item) => (item < 0 ? 4 : item)) };
  const { loss } = await bench.run(arena, other);
  expect(loss).toBe(want.loss);
  // An input that counts does change it.
  const changed = { ...BATCH, inputs: inputs.map((item, at) => (at === 6 ? 2 : item)) };
  expect((await bench.run(arena, changed)).loss).not.toBe(want.loss);
  bench.destroy();
}

const ADAMW = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.001, clipNorm: 0 };

/** The dry run counts what training takes; in shards and ranges it trains like in one buffer. */
export async function checkMemory(
  whole: Executor,
  limited: Executor,
  base: EncoderConfig = BASE,
): Promise<void> {
  const model = embeddingModel(base);
  const train = async (executor: Executor) => {
    const before = executor.memory().liveBytes;
    const need = await estimateTraining(executor.profile, model, { shapes: [BATCH] });
    expect(need.microBatches).toBe(1);
    const trainer = new Trainer(executor, model, spreadParameters(base), ADAMW);
    for (let step = 0; step < 3; step++) await trainer.step(BATCH, 0.01);
    const stats = await trainer.flush();
    expect(executor.memory().liveBytes - before).toBe(need.total);
    const { parameters, m } = await trainer.state();
    trainer.destroy();
    expect(executor.memory().liveBytes).toBe(before);
    return { parameters, m, losses: stats.map(({ loss }) => loss) };
  };
  const { shards, places } = placementFor(limited, model);
  expect(shards.length).toBeGreaterThan(2);
  expect(places.get('item_encoder.model.embed_tokens.weight')?.length).toBeGreaterThan(1);
  expect(await train(limited)).toEqual(await train(whole));
}
