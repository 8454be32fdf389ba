import { toAppError, type AppError } from '../../core/errors.ts';
import type { DeviceBuffer, Executor } from '../../compute/executor.ts';
import { RING_SHARES, RING_SLOTS, RING_STRIDE } from '../ops/optimizer.ts';
import { nonFiniteStep } from './bad-value.ts';

export interface StepStats {
  /** 0-based optimizer step. */
  readonly stepIndex: number;
  /** Mean over scored positions, nats. */
  readonly loss: number;
  /** L2 over all gradients, before clipping. */
  readonly gradNorm: number;
  /** Of models that measure it: share of negatives that are close to their targets. */
  readonly closeShare?: number;
}

/** Reads the statistics of past steps from the device, without making steps wait for it. */
export class StatsRing {
  /** The first non-finite step or failed read. */
  failure: AppError | null = null;
  private readonly executor: Executor;
  private readonly buffer: DeviceBuffer;
  private readonly hasShares: boolean;
  private reading: Promise<void> = Promise.resolve();
  private unread: StepStats[] = [];
  private readUntil = 0;

  /** @param hasShares whether steps leave a share beside loss and norm */
  constructor(executor: Executor, buffer: DeviceBuffer, hasShares: boolean) {
    this.executor = executor;
    this.buffer = buffer;
    this.hasShares = hasShares;
  }

  /** Steps before `stepIndex` belong to another run. */
  startAt(stepIndex: number): void {
    this.readUntil = stepIndex;
  }

  /** Statistics of all steps before this one have arrived. */
  get firstUnread(): number {
    return this.readUntil;
  }

  /** Queues a read of all steps before `until`. */
  request(until: number): void {
    const read = this.executor.readFloats(this.buffer);
    this.reading = this.reading
      .then(() => read)
      .then((ring) => {
        this.collect(ring, until);
      })
      .catch((error: unknown) => {
        this.failure ??= toAppError(error);
      });
  }

  /** Statistics that arrived since the last call; never waits. */
  take(): StepStats[] {
    const taken = this.unread;
    this.unread = [];
    return taken;
  }

  /** Resolves when all requested reads arrived. @errors the first failure */
  async settle(): Promise<void> {
    await this.reading;
    if (this.failure !== null) throw this.failure;
  }

  private collect(ring: Float32Array, until: number): void {
    for (; this.readUntil < until; this.readUntil++) {
      const place = this.readUntil % RING_SLOTS;
      const slot = place * RING_STRIDE;
      if (ring[slot + 3] !== 0) {
        this.failure ??= nonFiniteStep(this.readUntil, null, null);
      }
      const stats = { loss: ring[slot] ?? NaN, gradNorm: ring[slot + 1] ?? NaN };
      const closeShare = ring[RING_SHARES + place] ?? NaN;
      this.unread.push({
        stepIndex: this.readUntil,
        ...stats,
        ...(this.hasShares && { closeShare }),
      });
    }
  }
}
