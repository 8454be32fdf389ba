import { AppError } from '../core/errors.ts';
import type { ParameterLayout } from '../core/layout.ts';
import type { DeviceBuffer, Executor } from '../compute/executor.ts';
import type { ModelConfig } from './config.ts';
import { decayBlocks, parameterLayout } from './layout.ts';
import {
  HYPER,
  HYPER_LENGTH,
  RING_SLOTS,
  RING_STRIDE,
  type OptimizerBuffers,
} from './ops/optimizer.ts';
import { rotaryTable } from './ops/rotary.ts';
import { ParameterViews } from './parameters.ts';
import { Workspace } from './plan.ts';
import { createTrainProgram, type Batch, type TrainProgram } from './train-program.ts';

export interface OptimizerSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Global-norm clipping; 0 = off. */
  readonly clipNorm: number;
}

/** Everything a later run needs to continue bit for bit. Never stored in a weights file. */
export interface TrainerState {
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly m: Float32Array<ArrayBuffer>;
  readonly v: Float32Array<ArrayBuffer>;
  /** Steps done. */
  readonly stepCount: number;
}

export interface StepStats {
  /** 0-based optimizer step. */
  readonly stepIndex: number;
  /** Mean over scored positions, nats. */
  readonly loss: number;
  /** L2 over all gradients, before clipping. */
  readonly gradNorm: number;
}

/** Steps between two reads of the statistics ring; at most a quarter of it is outstanding. */
const READ_EVERY = 16;
/** Submitted steps that may wait for the GPU: more only adds latency and memory. */
const IN_FLIGHT = 2;

/**
 * Trains one model: arenas for weights, gradients and moments, one compiled program per batch
 * shape. A step uploads a batch and submits once; it allocates no buffer and waits for no readback.
 */
export class Trainer {
  readonly config: ModelConfig;
  readonly layout: ParameterLayout;
  private readonly executor: Executor;
  private readonly settings: OptimizerSettings;
  private readonly buffers: OptimizerBuffers & { readonly ropeTable: DeviceBuffer };
  private readonly workspace: Workspace;
  private readonly programs = new Map<string, TrainProgram>();
  private readonly hyper = new Float32Array(HYPER_LENGTH);
  private readonly pending: Promise<void>[] = [];
  private reading: Promise<void> = Promise.resolve();
  private unread: StepStats[] = [];
  private failure: AppError | null = null;
  private steps = 0;
  private readUntil = 0;

  constructor(
    executor: Executor,
    config: ModelConfig,
    parameters: Float32Array,
    settings: OptimizerSettings,
  ) {
    this.executor = executor;
    this.config = config;
    this.layout = parameterLayout(config);
    this.settings = settings;
    this.workspace = new Workspace(executor);
    if (parameters.length !== this.layout.length) {
      throw new AppError('layout-mismatch', 'The weights do not fit the model configuration.');
    }
    const { length } = this.layout;
    const floats = (label: string, size: number) => executor.allocate(label, 'f32', size);
    this.buffers = {
      weights: floats('weights', length),
      gradients: floats('gradients', length),
      m: floats('first moments', length),
      v: floats('second moments', length),
      blocks: floats('optimizer blocks', length / 32),
      hyper: floats('hyper', HYPER_LENGTH),
      control: floats('control', 4),
      stats: floats('stats ring', RING_SLOTS * RING_STRIDE),
      ropeTable: floats('rope', config.maxPositions * config.headWidth),
    };
    executor.write(this.buffers.weights, parameters);
    executor.write(this.buffers.blocks, decayBlocks(this.layout));
    const { maxPositions, headWidth, ropeTheta } = config;
    executor.write(this.buffers.ropeTable, rotaryTable(maxPositions, headWidth, ropeTheta));
  }

  get stepCount(): number {
    return this.steps;
  }

  /** Compiles the program of a shape ahead of its first batch. */
  async prepare(batch: number, length: number): Promise<TrainProgram> {
    const key = `${batch}x${length}`;
    const existing = this.programs.get(key);
    if (existing !== undefined) return existing;
    if (length > this.config.maxPositions) {
      throw new AppError('limit-exceeded', `Rows of ${length} tokens exceed maxPositions.`);
    }
    this.workspace.reset();
    const { weights, gradients, ropeTable } = this.buffers;
    const program = await createTrainProgram(this.executor, this.workspace, {
      config: this.config,
      parameters: new ParameterViews(this.layout, weights, gradients),
      optimizer: this.buffers,
      ropeTable,
      batch,
      length,
      until: 'update',
    });
    this.programs.set(key, program);
    return program;
  }

  /**
   * Queues one optimizer step. Waits only while two earlier steps are unfinished.
   * @errors non-finite (of an earlier step), device-lost, invalid-argument
   */
  async step(batch: Batch, learningRate: number): Promise<void> {
    if (this.failure !== null) throw this.failure;
    const program = await this.prepare(batch.B, batch.T);
    if (this.pending.length >= IN_FLIGHT) await this.pending.shift();
    program.upload(batch);
    this.writeHyper(countScored(batch, this.config.vocabSize), learningRate);
    this.executor.run(program.plan.program);
    this.steps += 1;
    const done = this.executor.idle();
    // The rejection is seen by whoever awaits it; without this a lost device is also "unhandled".
    done.catch(() => undefined);
    this.pending.push(done);
    if (this.steps % READ_EVERY === 0) this.readRing();
  }

  /** Statistics of steps that were read back since the last call; never waits. */
  takeStats(): StepStats[] {
    const taken = this.unread;
    this.unread = [];
    return taken;
  }

  /** Waits for all queued steps and their statistics. @errors non-finite, device-lost */
  async flush(): Promise<StepStats[]> {
    await Promise.all(this.pending.splice(0));
    this.readRing();
    await this.reading;
    if (this.failure !== null) throw this.failure;
    return this.takeStats();
  }

  async state(): Promise<TrainerState> {
    await Promise.all(this.pending.splice(0));
    const { weights, m, v } = this.buffers;
    return {
      parameters: await this.executor.readFloats(weights),
      m: await this.executor.readFloats(m),
      v: await this.executor.readFloats(v),
      stepCount: this.steps,
    };
  }

  restore(state: TrainerState): void {
    const { weights, m, v } = this.buffers;
    this.executor.write(weights, state.parameters);
    this.executor.write(m, state.m);
    this.executor.write(v, state.v);
    this.steps = state.stepCount;
    this.readUntil = state.stepCount;
  }

  destroy(): void {
    for (const program of this.programs.values()) program.destroy();
    this.programs.clear();
    this.workspace.destroy();
    for (const buffer of Object.values(this.buffers)) this.executor.free(buffer as DeviceBuffer);
  }

  private writeHyper(scored: number, learningRate: number): void {
    const { hyper, settings, steps } = this;
    hyper[HYPER.lossScale] = scored === 0 ? 0 : 1 / scored;
    hyper[HYPER.learningRate] = learningRate;
    hyper[HYPER.beta1] = settings.beta1;
    hyper[HYPER.beta2] = settings.beta2;
    hyper[HYPER.eps] = settings.eps;
    hyper[HYPER.correction1] = 1 / (1 - settings.beta1 ** (steps + 1));
    hyper[HYPER.correction2] = 1 / (1 - settings.beta2 ** (steps + 1));
    hyper[HYPER.clipNorm] = settings.clipNorm;
    hyper[HYPER.ringSlot] = steps % RING_SLOTS;
    hyper[HYPER.weightDecay] = settings.weightDecay;
    this.executor.write(this.buffers.hyper, hyper);
  }

  private readRing(): void {
    const until = this.steps;
    const read = this.executor.readFloats(this.buffers.stats);
    this.reading = this.reading
      .then(() => read)
      .then((ring) => {
        this.collect(ring, until);
      })
      .catch((error: unknown) => {
        this.failure ??=
          error instanceof AppError ? error : new AppError('internal', String(error));
      });
  }

  private collect(ring: Float32Array, until: number): void {
    for (; this.readUntil < until; this.readUntil++) {
      const slot = (this.readUntil % RING_SLOTS) * RING_STRIDE;
      if (ring[slot + 3] !== 0) {
        this.failure ??= new AppError(
          'non-finite',
          `Step ${this.readUntil}: the loss or the gradient is not a number.`,
          {
            hint: 'The weights before this step are unchanged. Lower the learning rate.',
            details: { stepIndex: this.readUntil },
          },
        );
      }
      const stats = { loss: ring[slot] ?? NaN, gradNorm: ring[slot + 1] ?? NaN };
      this.unread.push({ stepIndex: this.readUntil, ...stats });
    }
  }
}

function countScored({ ids, targets }: Batch, vocabulary: number): number {
  let scored = 0;
  for (let i = 0; i < ids.length; i++) {
    const target = targets[i] ?? -1;
    if ((ids[i] ?? 0) >= vocabulary || target >= vocabulary) {
      throw new AppError('invalid-argument', `Token beyond the vocabulary of ${vocabulary}.`);
    }
    if (target >= 0) scored += 1;
  }
  return scored;
}
