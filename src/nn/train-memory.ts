import { AppError } from '../core/errors.ts';
import { BufferScope } from '../compute/buffer-scope.ts';
import type { DeviceBuffer, Executor } from '../compute/executor.ts';
import type { ModelConfig } from './config.ts';
import {
  HYPER_LENGTH,
  partialLength,
  RING_SLOTS,
  RING_STRIDE,
  type OptimizerBuffers,
} from './ops/optimizer.ts';
import { rotaryTable } from './ops/rotary.ts';
import { placementFor, TrainingArena } from './parameter-arena.ts';
import type { ParameterRule } from './parameter-rules.ts';
import { Workspace } from './plan.ts';
import { createTrainProgram, type TrainPart, type TrainProgram } from './train-program.ts';

export interface TrainOptions {
  /** Table of parameter groups; tensors that no rule names train as usual. */
  readonly rules?: readonly ParameterRule[];
  /**
   * Compute each block again in the backward pass instead of keeping its activations: about a
   * third more work, the same bits.
   */
  readonly recompute?: boolean;
}

/** Everything that a training run holds on the device, and its compiled programs. */
export class TrainMemory {
  readonly arena: TrainingArena;
  readonly optimizer: OptimizerBuffers;
  readonly lossTotal: DeviceBuffer;
  private readonly executor: Executor;
  private readonly config: ModelConfig;
  private readonly recompute: boolean;
  private readonly ropeTable: DeviceBuffer;
  private readonly scope: BufferScope;
  private readonly workspace: Workspace;
  private readonly programs = new Map<string, TrainProgram>();

  /** @errors limit-exceeded, invalid-argument; nothing stays allocated then */
  static create(executor: Executor, config: ModelConfig, options: TrainOptions = {}): TrainMemory {
    return BufferScope.build(executor, (scope) => new TrainMemory(scope, config, options));
  }

  private constructor(
    scope: BufferScope,
    config: ModelConfig,
    { rules = [], recompute = false }: TrainOptions,
  ) {
    const { executor } = scope;
    this.scope = scope;
    this.executor = executor;
    this.config = config;
    this.recompute = recompute;
    this.arena = new TrainingArena(scope, placementFor(executor, config, rules));
    const { trained } = this.arena;
    this.optimizer = {
      shards: trained,
      partial: scope.floats('norm partial', partialLength(trained.map(({ m }) => m.length))),
      hyper: scope.floats('hyper', HYPER_LENGTH),
      control: scope.floats('control', 4),
      stats: scope.floats('stats ring', RING_SLOTS * RING_STRIDE),
    };
    this.lossTotal = scope.floats('loss total', 1);
    const { maxPositions, headWidth, ropeTheta } = config;
    this.ropeTable = scope.floats('rope', maxPositions * headWidth);
    executor.write(this.ropeTable, rotaryTable(maxPositions, headWidth, ropeTheta));
    this.workspace = new Workspace(executor);
  }

  /** The compiled program of a shape. @errors limit-exceeded */
  async program(
    batch: number,
    length: number,
    part: TrainPart,
    scoredLimit = batch * length,
  ): Promise<TrainProgram> {
    const key = `${batch}x${length} ${part} ${scoredLimit}`;
    const existing = this.programs.get(key);
    if (existing !== undefined) return existing;
    if (length > this.config.maxPositions) {
      throw new AppError(
        'limit-exceeded',
        `Rows of ${length} tokens exceed the model's ${this.config.maxPositions} positions.`,
        { hint: 'Shorten the history.' },
      );
    }
    const program = await createTrainProgram(this.executor, this.workspace, {
      config: this.config,
      parameters: this.arena.views(),
      optimizer: this.optimizer,
      lossTotal: this.lossTotal,
      ropeTable: this.ropeTable,
      batch,
      length,
      scoredLimit,
      part,
      recompute: this.recompute,
    });
    this.programs.set(key, program);
    return program;
  }

  /**
   * Compiles all programs of a shape.
   * @param microBatches batches of this shape that make one step
   * @returns the program that ends the step
   */
  async prepare(
    batch: number,
    length: number,
    microBatches = 1,
    scoredLimit?: number,
  ): Promise<TrainProgram> {
    if (microBatches > 1) await this.program(batch, length, 'add', scoredLimit);
    return this.program(batch, length, microBatches > 1 ? 'finish' : 'update', scoredLimit);
  }

  destroy(): void {
    for (const program of this.programs.values()) program.destroy();
    this.programs.clear();
    this.workspace.destroy();
    this.scope.destroy();
  }
}
