import { expect } from 'vitest';
import { BufferScope } from '../../../src/compute/buffer-scope.ts';
import { CpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import {
  viewOf,
  type BufferView,
  type DeviceBuffer,
  type Executor,
} from '../../../src/compute/executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { DRAW_LENGTH, drawOf } from '../../../src/nn/ops/dropout-mask.ts';
import type { Dropout, DropoutRates } from '../../../src/nn/ops/dropout-sites.ts';
import { HYPER, HYPER_LENGTH } from '../../../src/nn/ops/optimizer.ts';
import { ParameterViews } from '../../../src/nn/graph/parameters.ts';
import { Workspace } from '../../../src/nn/graph/plan.ts';
import { createTrainProgram, type TrainProgram } from '../../../src/nn/training/train-program.ts';
import type { TrainableModel } from '../../../src/nn/training/trainable-model.ts';

/** Mean loss and gradients of all parameters of any model, on any executor. */
export class GradientBench<Shape, Batch extends Shape> {
  readonly layout;
  private readonly executor: Executor;
  private readonly model: TrainableModel<Shape, Batch>;
  private readonly scope: BufferScope;
  private readonly workspace: Workspace;
  private readonly buffers: Readonly<Record<'weights' | 'gradients' | 'hyper', DeviceBuffer>>;
  private readonly dropout: Dropout | null;
  private program: TrainProgram<Batch> | null = null;
  private loss: BufferView | null = null;

  /** @param rates of dropout, whose masks are then the same in every run */
  constructor(executor: Executor, model: TrainableModel<Shape, Batch>, rates?: DropoutRates) {
    const { layout } = model;
    this.layout = layout;
    this.executor = executor;
    this.model = model;
    this.scope = new BufferScope(executor);
    this.workspace = new Workspace(executor);
    this.buffers = {
      weights: this.scope.floats('weights', layout.length),
      gradients: this.scope.floats('gradients', layout.length),
      hyper: this.scope.floats('hyper', HYPER_LENGTH),
    };
    this.dropout = rates === undefined ? null : { ...rates, draw: this.drawnMasks() };
  }

  private drawnMasks(): BufferView {
    const draw = this.scope.allocate('draw', 'u32', DRAW_LENGTH);
    this.executor.write(draw, drawOf(3, 0, 0));
    return viewOf(draw);
  }

  private async prepare(batch: Batch): Promise<TrainProgram<Batch>> {
    const { weights, gradients, hyper } = this.buffers;
    return createTrainProgram(
      this.executor,
      {
        place: (lifetimes) => {
          const views = this.workspace.place(lifetimes);
          for (const [value, view] of views) if (value.label === 'loss') this.loss = view;
          return views;
        },
      },
      {
        model: this.model.open(this.scope),
        shape: batch,
        name: 'tiny',
        parameters: ParameterViews.whole(this.layout, weights, gradients),
        optimizer: { shards: [], hyper, partial: hyper, control: hyper, stats: hyper },
        lossTotal: hyper,
        part: 'gradients',
        recompute: false,
        ...(this.dropout && { dropout: this.dropout }),
      },
    );
  }

  async run(arena: ArrayLike<number>, batch: Batch): Promise<{ loss: number; gradient: number[] }> {
    const { executor } = this;
    const { weights, gradients, hyper } = this.buffers;
    const isOracle = executor instanceof CpuExecutor;
    const scored = this.model.countScored(batch);
    const values = new Float64Array(HYPER_LENGTH);
    values[HYPER.lossScale] = 1 / scored;
    const write = (data: ArrayLike<number>) =>
      (isOracle ? Float64Array.from(data) : Float32Array.from(data)) as Float32Array;
    this.program ??= await this.prepare(batch);
    executor.write(weights, write(arena));
    executor.write(gradients, new Float32Array(this.layout.length));
    executor.write(hyper, write(values));
    this.program.upload(batch);
    executor.run(this.program.plan.program);
    const read = (view: BufferView) =>
      isOracle ? executor.numbers(view) : executor.readFloats(view);
    const losses = Array.from(await read(this.loss ?? viewOf(hyper)));
    return {
      loss: losses.reduce((sum, value) => sum + value, 0) / scored,
      gradient: Array.from(await read(viewOf(gradients))),
    };
  }

  destroy(): void {
    this.program?.destroy();
    this.workspace.destroy();
    this.scope.destroy();
  }
}

/** Central differences of the float64 loss at a few elements of every tensor. */
export async function checkModelDifferences<Shape, Batch extends Shape>(
  model: TrainableModel<Shape, Batch>,
  start: ArrayLike<number>,
  batch: Batch,
  rates?: DropoutRates,
): Promise<void> {
  const bench = new GradientBench(new CpuExecutor('f64'), model, rates);
  const arena = Float64Array.from(start);
  const { gradient } = await bench.run(arena, batch);
  for (const { name, offset, size } of bench.layout.entries) {
    const random = new RandomStream(11, name);
    const own = gradient.slice(offset, offset + size);
    expect(
      own.some((value) => value !== 0),
      `${name} has a gradient`,
    ).toBe(true);
    for (let draw = 0; draw < 3; draw++) {
      // The largest one first: most rows of a table have none.
      const largest = own.reduce(
        (best, g, i) => (Math.abs(g) > Math.abs(own[best] ?? 0) ? i : best),
        0,
      );
      const i = offset + (draw === 0 ? largest : random.nextInt(size));
      const x = arena[i] ?? NaN;
      const h = 2e-6;
      arena[i] = x + h;
      const up = await bench.run(arena, batch);
      arena[i] = x - h;
      const down = await bench.run(arena, batch);
      arena[i] = x;
      const error = Math.abs((up.loss - down.loss) / (2 * h) - (gradient[i] ?? NaN));
      expect(error, `d ${name}[${i - offset}]`).toBeLessThanOrEqual(1e-7);
    }
  }
  bench.destroy();
}
