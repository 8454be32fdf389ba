import { AppError } from '../../core/errors.ts';
import { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type DeviceBuffer, type Executor } from '../../compute/executor.ts';
import {
  HYPER_LENGTH,
  partialLength,
  RING_LENGTH,
  type OptimizerBuffers,
} from '../ops/optimizer.ts';
import { placementFor, TrainingArena } from '../graph/parameter-arena.ts';
import type { ParameterRule } from '../graph/parameter-rules.ts';
import { Workspace } from '../graph/plan.ts';
import { checkRate, DRAW_LENGTH, drawOf } from '../ops/dropout-mask.ts';
import type { DropoutRates } from '../ops/dropout-sites.ts';
import { createTrainProgram, type TrainPart, type TrainProgram } from './train-program.ts';
import type { OpenModel, TrainableModel } from './trainable-model.ts';

export interface TrainOptions {
  /** Table of parameter groups; tensors that no rule names train as usual. */
  readonly rules?: readonly ParameterRule[];
  /**
   * Compute each block again in the backward pass instead of keeping its activations: about a
   * third more work, the same bits.
   */
  readonly recompute?: boolean;
  /** Rates by place and the seed of the masks; evaluation never drops. */
  readonly dropout?: DropoutRates & { readonly seed: number };
}

/** Everything that a training run holds on the device, and its compiled programs. */
export class TrainMemory<Shape, Batch extends Shape> {
  readonly arena: TrainingArena;
  readonly optimizer: OptimizerBuffers;
  readonly lossTotal: DeviceBuffer;
  private readonly executor: Executor;
  private readonly model: TrainableModel<Shape, Batch>;
  private readonly recompute: boolean;
  private readonly dropout: (DropoutRates & { readonly seed: number }) | null;
  private readonly draw: DeviceBuffer | null;
  private readonly open: OpenModel<Shape, Batch>;
  private readonly scope: BufferScope;
  private readonly workspace: Workspace;
  private readonly programs = new Map<string, TrainProgram<Batch>>();

  /** @errors limit-exceeded, invalid-argument; nothing stays allocated then */
  static create<Shape, Batch extends Shape>(
    executor: Executor,
    model: TrainableModel<Shape, Batch>,
    options: TrainOptions = {},
  ): TrainMemory<Shape, Batch> {
    return BufferScope.build(executor, (scope) => new TrainMemory(scope, model, options));
  }

  private constructor(
    scope: BufferScope,
    model: TrainableModel<Shape, Batch>,
    { rules = [], recompute = false, dropout }: TrainOptions,
  ) {
    const { executor } = scope;
    this.scope = scope;
    this.executor = executor;
    this.model = model;
    this.recompute = recompute;
    this.dropout = dropout === undefined ? null : checkedDropout(model, dropout);
    this.draw = this.dropout && scope.allocate('dropout key', 'u32', DRAW_LENGTH);
    this.arena = new TrainingArena(scope, placementFor(executor, model, rules));
    const { trained } = this.arena;
    this.optimizer = {
      shards: trained,
      partial: scope.floats('norm partial', partialLength(trained.map(({ m }) => m.length))),
      hyper: scope.floats('hyper', HYPER_LENGTH),
      control: scope.floats('control', 4),
      stats: scope.floats('stats ring', RING_LENGTH),
    };
    this.lossTotal = scope.floats('loss total', 1);
    this.open = model.open(scope);
    this.workspace = new Workspace(executor);
  }

  /** The compiled program of a shape. @errors limit-exceeded, invalid-argument */
  async program(shape: Shape, part: TrainPart): Promise<TrainProgram<Batch>> {
    const name = this.model.keyOf(shape);
    const key = `${name} ${part}`;
    const existing = this.programs.get(key);
    if (existing !== undefined) return existing;
    const program = await createTrainProgram(this.executor, this.workspace, {
      model: this.open,
      shape,
      name,
      parameters: this.arena.views(),
      optimizer: this.optimizer,
      lossTotal: this.lossTotal,
      part,
      recompute: this.recompute,
      ...(this.dropout && this.draw && { dropout: { ...this.dropout, draw: viewOf(this.draw) } }),
    });
    this.programs.set(key, program);
    return program;
  }

  /**
   * Compiles all programs of a shape.
   * @param microBatches batches of this shape that make one step
   * @returns the program that ends the step
   */
  async prepare(shape: Shape, microBatches = 1): Promise<TrainProgram<Batch>> {
    if (microBatches > 1) await this.program(shape, 'add');
    return this.program(shape, microBatches > 1 ? 'finish' : 'update');
  }

  /**
   * Before each run of a program that drops: the masks of a step, from a part's first row on.
   * @returns the first row of the next part
   */
  drawMasks(step: number, firstRow: number, shape: Shape): number {
    const { dropout, draw, model } = this;
    if (dropout === null || draw === null) return 0;
    this.executor.write(draw, drawOf(dropout.seed, step, firstRow));
    return firstRow + (model.positionsOf?.(shape) ?? 0);
  }

  destroy(): void {
    for (const program of this.programs.values()) program.destroy();
    this.programs.clear();
    this.workspace.destroy();
    this.scope.destroy();
  }
}

/** @errors invalid-argument for rates outside [0, 1), and for models without dropout */
function checkedDropout<Rates extends DropoutRates>(
  model: { readonly positionsOf?: unknown },
  dropout: Rates,
): Rates | null {
  const { embedding, attention, residual } = dropout;
  const rates = [embedding, attention, residual];
  rates.forEach(checkRate);
  if (rates.every((rate) => rate === 0)) return null;
  if (model.positionsOf !== undefined) return dropout;
  throw new AppError('invalid-argument', 'This model has no dropout.', {
    hint: 'Leave the dropout of its training at 0.',
  });
}
