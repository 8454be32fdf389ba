import { AppError, toAppError } from '../../core/errors.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import type { Executor } from '../../compute/executor.ts';
import { HYPER, HYPER_LENGTH, RING_SLOTS } from '../ops/optimizer.ts';
import { checkArena, type ArenaKind } from '../graph/parameter-arena.ts';
import { firstBad, nonFiniteStep, type BadValue } from './bad-value.ts';
import { StatsRing, type StepStats } from './stats-ring.ts';
import { TrainMemory, type TrainOptions } from './train-memory.ts';
import type { TrainProgram } from './train-program.ts';
import type { TrainableModel } from './trainable-model.ts';

export interface OptimizerSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Global-norm clipping; 0 = off. */
  readonly clipNorm: number;
}

/**
 * Everything a later run needs to continue bit for bit, in the layout of the host's arena whatever
 * the device's. Never stored in a weights file.
 */
export interface TrainerState {
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly m: Float32Array<ArrayBuffer>;
  readonly v: Float32Array<ArrayBuffer>;
  /** Steps done. */
  readonly stepCount: number;
}

/** What a step was given. */
interface QueuedStep<Batch> {
  readonly stepIndex: number;
  readonly parts: readonly Batch[];
  readonly scored: number;
  readonly learningRate: number;
}

/** Steps between two reads of the statistics ring; at most a quarter of it is outstanding. */
const READ_EVERY = 16;
/** Submitted programs that may wait for the GPU: more only adds latency and memory. */
const IN_FLIGHT = 2;
const ZERO = new Float32Array(1);

/**
 * Trains one model: arenas for weights, gradients and moments, one compiled program per batch
 * shape. A step uploads a batch and submits once (once a micro-batch where it is given several); it
 * allocates no buffer and waits for no readback.
 */
export class Trainer<Shape, Batch extends Shape> {
  readonly model: TrainableModel<Shape, Batch>;
  readonly layout: ParameterLayout;
  private readonly executor: Executor;
  private readonly settings: OptimizerSettings;
  private readonly memory: TrainMemory<Shape, Batch>;
  private readonly ring: StatsRing;
  private readonly hyper = new Float32Array(HYPER_LENGTH);
  private readonly pending: Promise<void>[] = [];
  /** Steps whose statistics are not here yet: what a bad one of them is found with. */
  private readonly unread: QueuedStep<Batch>[] = [];
  private named: AppError | null = null;
  private steps = 0;

  /** @errors layout-mismatch, limit-exceeded, invalid-argument; nothing stays allocated then */
  constructor(
    executor: Executor,
    model: TrainableModel<Shape, Batch>,
    parameters: Float32Array,
    settings: OptimizerSettings,
    options: TrainOptions = {},
  ) {
    this.executor = executor;
    this.model = model;
    this.settings = settings;
    const memory = TrainMemory.create(executor, model, options);
    try {
      checkArena(memory.arena.placement, parameters);
      memory.arena.write('weights', parameters);
    } catch (error) {
      memory.destroy();
      throw error;
    }
    this.memory = memory;
    this.layout = memory.arena.placement.layout;
    this.ring = new StatsRing(executor, memory.optimizer.stats, model.measuresCloseness === true);
  }

  get stepCount(): number {
    return this.steps;
  }

  /**
   * Compiles the programs of a shape ahead of its first batch.
   * @param microBatches batches of this shape that make one step
   * @returns the program that ends the step
   */
  async prepare(shape: Shape, microBatches = 1): Promise<TrainProgram<Batch>> {
    return this.memory.prepare(shape, microBatches);
  }

  /**
   * Queues one optimizer step. Several micro-batches make one step: their gradients add up, and the
   * loss is the mean over the scored positions of all of them, as if they were one batch (up to
   * rounding: |gradient - whole| <= 1e-6 + 1e-5 |whole|). Waits only while earlier submits are
   * unfinished.
   * @errors non-finite (of an earlier step), device-lost, invalid-argument, limit-exceeded
   */
  async step(batch: Batch | readonly Batch[], learningRate: number): Promise<void> {
    if (this.ring.failure !== null) throw await this.failed(this.ring.failure);
    const parts: readonly Batch[] = isList(batch) ? batch : [batch];
    const scored = parts.reduce((sum, part) => sum + this.model.countScored(part), 0);
    const programs: [TrainProgram<Batch>, Batch][] = [];
    for (const [index, part] of parts.entries()) {
      const isLast = index === parts.length - 1;
      const kind = !isLast ? 'add' : parts.length > 1 ? 'finish' : 'update';
      programs.push([await this.memory.program(part, kind), part]);
    }
    if (programs.length === 0) throw new AppError('invalid-argument', 'A step needs a batch.');
    let firstRow = 0;
    for (const [index, [program, part]] of programs.entries()) {
      if (this.pending.length >= IN_FLIGHT) await this.pending.shift();
      program.upload(part);
      firstRow = this.memory.drawMasks(this.steps, firstRow, part);
      if (index === 0) {
        this.writeHyper(this.steps, scored, learningRate);
        if (programs.length > 1) this.executor.write(this.memory.lossTotal, ZERO);
      }
      this.executor.run(program.plan.program);
      const done = this.executor.idle();
      // The rejection is seen by whoever awaits it; without this a lost device is also "unhandled".
      done.catch(() => undefined);
      this.pending.push(done);
    }
    this.remember({ stepIndex: this.steps, parts, scored, learningRate });
    this.steps += 1;
    if (this.steps % READ_EVERY === 0) this.ring.request(this.steps);
  }

  /** Statistics of steps that were read back since the last call; never waits. */
  takeStats(): StepStats[] {
    return this.ring.take();
  }

  /** Waits for all queued steps and their statistics. @errors non-finite, device-lost */
  async flush(): Promise<StepStats[]> {
    await Promise.all(this.pending.splice(0));
    this.ring.request(this.steps);
    await this.ring.settle().catch(async (error: unknown) => {
      throw await this.failed(toAppError(error));
    });
    return this.takeStats();
  }

  /** After all queued steps. */
  async parameters(): Promise<Float32Array<ArrayBuffer>> {
    return this.arena('weights');
  }

  /** One part of the state after all queued steps, where the host cannot hold all of it. */
  async arena(kind: ArenaKind): Promise<Float32Array<ArrayBuffer>> {
    await Promise.all(this.pending.splice(0));
    return this.memory.arena.read(kind);
  }

  async state(): Promise<TrainerState> {
    return {
      parameters: await this.arena('weights'),
      m: await this.arena('m'),
      v: await this.arena('v'),
      stepCount: this.steps,
    };
  }

  restore(state: TrainerState): void {
    const { arena } = this.memory;
    arena.write('weights', state.parameters);
    arena.write('m', state.m);
    arena.write('v', state.v);
    this.startAt(state.stepCount);
  }

  /** The same of a state whose parts come one after the other. */
  async restoreFrom(
    stepCount: number,
    part: (kind: ArenaKind) => Promise<Float32Array>,
  ): Promise<void> {
    for (const kind of ['weights', 'm', 'v'] as const) {
      this.memory.arena.write(kind, await part(kind));
    }
    this.startAt(stepCount);
  }

  destroy(): void {
    this.memory.destroy();
  }

  private startAt(stepCount: number): void {
    this.steps = stepCount;
    this.ring.startAt(stepCount);
  }

  private remember(step: QueuedStep<Batch>): void {
    const { ring, unread } = this;
    unread.push(step);
    // What failed meanwhile is looked for among those that are read.
    if (ring.failure !== null) return;
    while ((unread[0]?.stepIndex ?? Infinity) < ring.firstUnread) unread.shift();
  }

  /** A step that was not finite, with the tensor that was so first; other failures as they are. */
  private async failed(failure: AppError): Promise<AppError> {
    const bad = this.unread.find(({ stepIndex }) => stepIndex === failure.details['stepIndex']);
    if (failure.code !== 'non-finite' || bad === undefined) return failure;
    if (this.named !== null) return this.named;
    try {
      const { stepIndex, learningRate } = bad;
      this.named = nonFiniteStep(stepIndex, await this.findBad(bad), learningRate);
      return this.named;
    } catch {
      // The device may be lost meanwhile: what is known already is told.
      return failure;
    }
  }

  /** Does a step that changed nothing again, up to its gradients. */
  private async findBad(step: QueuedStep<Batch>): Promise<BadValue | null> {
    const { arena } = this.memory;
    await Promise.all(this.pending.splice(0));
    const weight = firstBad(this.layout, await arena.read('weights'), 'weight');
    if (weight !== null) return weight;
    this.writeHyper(step.stepIndex, step.scored, step.learningRate);
    let firstRow = 0;
    for (const part of step.parts) {
      const program = await this.memory.program(part, 'add');
      program.upload(part);
      firstRow = this.memory.drawMasks(step.stepIndex, firstRow, part);
      this.executor.run(program.plan.program);
      await this.executor.idle();
    }
    return firstBad(this.layout, await arena.read('gradients'), 'gradient');
  }

  private writeHyper(steps: number, scored: number, learningRate: number): void {
    const { hyper, settings } = this;
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
    this.executor.write(this.memory.optimizer.hyper, hyper);
  }
}

function isList<T>(given: T | readonly T[]): given is readonly T[] {
  return Array.isArray(given);
}
