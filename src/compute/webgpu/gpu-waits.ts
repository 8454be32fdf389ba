import { AppError } from '../../core/errors.ts';

/** Silence is counted in ticks of a timer; see `GpuWaits`. */
const TICK_MS = 1000;
/** A call may be turned down before the loss that is the reason is told. */
const LOSS_GRACE_MS = 1000;

const SAVED = 'Finished cells are saved. Start the run again to continue from them.';

/** Of `device-lost`: a device that we closed ourselves is not to be replaced. */
export const CLOSED = 'closed';

export interface GpuWaitsOptions {
  /** Seconds without any answer after which the device counts as lost. */
  readonly silenceS: number;
  /** Ends a device that no longer answers; its memory is free then. */
  readonly drop: () => void;
}

/**
 * Everything that waits for the GPU waits here, so that no wait is without end: it ends with the
 * device, with the answer, or when the device has said nothing at all for `silenceS`.
 *
 * A browser whose GPU process is gone turns calls down in its own words (`Instance dropped in
 * popErrorScope`), often before `device.lost` resolves: they are `device-lost` here. Silence is counted in
 * ticks and not by the clock, because a computer that slept, or a thread that computed for a minute, has not
 * listened: each costs one tick.
 */
export class GpuWaits {
  private readonly lost: Promise<unknown>;
  private readonly options: GpuWaitsOptions;
  private readonly waiting = new Set<(error: AppError) => void>();
  private ticks = 0;
  private timer: ReturnType<typeof setInterval> | undefined;
  private cause: AppError | null = null;
  private isClosed = false;

  constructor(lost: Promise<GPUDeviceLostInfo>, options: GpuWaitsOptions) {
    this.options = options;
    this.lost = lost.then(({ reason, message }) => {
      // What we ended ourselves has a reason already.
      if (this.isClosed) return;
      this.cause = null;
      this.fail(lostDevice(`The GPU was lost (${reason}).`, { reason, message }));
    });
  }

  /** Why nothing works any more; null while everything does. */
  get failure(): AppError | null {
    return this.cause;
  }

  /**
   * What the device answers.
   * @param isCertain whether a working device never turns this down
   * @errors device-lost; what the device says where it turns the call down for a reason of its own
   */
  answer<T>(promise: Promise<T>, isCertain = false): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.cause !== null) {
        promise.catch(() => undefined);
        reject(this.cause);
        return;
      }
      const end = (error: Error): void => {
        this.remove(end);
        reject(error);
      };
      this.add(end);
      promise.then(
        (value) => {
          this.ticks = 0;
          this.remove(end);
          resolve(value);
        },
        (error: unknown) => {
          void this.turnedDown(error, isCertain).then(end);
        },
      );
    });
  }

  /** The first fault of the device ends every wait. */
  fail(error: AppError): void {
    this.cause ??= error;
    for (const end of [...this.waiting]) end(this.cause);
  }

  /**
   * Ends the waits for a device that has said nothing for so many seconds, and the device: who asked to
   * stop does not wait for it. Returns whether it did.
   */
  giveUp(afterS: number): boolean {
    if (this.waiting.size === 0 || this.ticks * TICK_MS < afterS * 1000) return false;
    this.end(new AppError('aborted', 'Stopped while the GPU did not answer.', { hint: SAVED }));
    return true;
  }

  /** The executor ends: whoever still waits hears so. */
  close(): void {
    this.isClosed = true;
    this.fail(lostDevice('The GPU device was closed.', { reason: CLOSED }));
  }

  private end(error: AppError): void {
    this.isClosed = true;
    this.fail(error);
    this.options.drop();
  }

  /** The reason why a call was turned down: the loss of the device, where there is one. */
  private async turnedDown(error: unknown, isCertain: boolean): Promise<Error> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const grace = new Promise((resolve) => {
      timer = setTimeout(resolve, LOSS_GRACE_MS);
    });
    await Promise.race([this.lost, grace]);
    clearTimeout(timer);
    const reason = error instanceof Error ? error : new Error(String(error));
    if (isCertain) {
      const { message } = reason;
      this.fail(lostDevice('The GPU no longer answers.', { reason: 'unknown', message }));
    }
    return this.cause ?? reason;
  }

  private add(end: (error: AppError) => void): void {
    this.waiting.add(end);
    if (this.timer !== undefined) return;
    this.ticks = 0;
    this.timer = setInterval(() => {
      this.ticks += 1;
      if (this.ticks * TICK_MS >= this.options.silenceS * 1000) this.fallSilent();
    }, TICK_MS);
  }

  private remove(end: (error: AppError) => void): void {
    this.waiting.delete(end);
    if (this.waiting.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private fallSilent(): void {
    const { silenceS } = this.options;
    const message = `The GPU has not answered for ${String(silenceS)} seconds.`;
    this.end(lostDevice(message, { reason: 'silent' }));
  }
}

function lostDevice(message: string, details: Readonly<Record<string, unknown>>): AppError {
  return new AppError('device-lost', message, { hint: SAVED, details });
}
