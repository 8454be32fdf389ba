import type { AdapterProfile, Executor } from '../../src/compute/executor.ts';
import { AppError } from '../../src/core/errors.ts';
import type { ErrorCode } from '../../src/core/errors.ts';
import type { SessionReport } from '../../src/lab/job/events.ts';
import type { OpenedExecutor } from '../machine/choose-machine.ts';
import type { ExecutorChoice } from './api.ts';

/** An executor that reported one of these refuses everything afterwards. */
const DEVICE_FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'device-lost',
  'stale-device',
  'gpu-out-of-memory',
  'gpu-validation',
]);

/**
 * The worker's one executor: the chosen one, opened when it is first needed and after a fault. After a fault
 * only the same machine will do, until somebody chooses: another one computes other last digits, which would
 * end in one table with those that are there.
 */
export class HeldExecutor {
  private readonly openExecutor: (choice: ExecutorChoice) => Promise<OpenedExecutor>;
  private opened: OpenedExecutor | null = null;
  private opening: Promise<OpenedExecutor> | null = null;
  /** The machine that a fault took. */
  private lost: AdapterProfile | null = null;
  private choice: ExecutorChoice = 'auto';

  constructor(openExecutor: (choice: ExecutorChoice) => Promise<OpenedExecutor>) {
    this.openExecutor = openExecutor;
  }

  /** null while none is open. */
  get profile(): AdapterProfile | null {
    return this.opened?.executor.profile ?? null;
  }

  /** Opens another one; the present one stays where that fails. */
  async change(choice: ExecutorChoice): Promise<SessionReport> {
    const opened = await this.openExecutor(choice);
    this.opened?.executor.destroy();
    this.opened = opened;
    this.choice = choice;
    this.lost = null;
    return opened.report;
  }

  /** Only this machine will do, until somebody chooses. */
  resume(choice: ExecutorChoice, profile: AdapterProfile): void {
    this.close();
    this.choice = choice;
    this.lost = profile;
  }

  /** @errors of opening; adapter-unavailable where another machine is there than the one before */
  async executor(): Promise<Executor> {
    if (this.opened !== null) return this.opened.executor;
    // Who gave up waiting leaves the opening to the next.
    this.opening ??= this.open().finally(() => {
      this.opening = null;
    });
    const opened = await this.opening;
    this.opened ??= opened;
    return this.opened.executor;
  }

  private async open(): Promise<OpenedExecutor> {
    const { choice, lost } = this;
    if (lost === null) return this.openExecutor(choice);
    const { executor, report } = await this.openExecutor(lost.kind);
    if (isSameMachine(lost, executor.profile)) return { executor, report: { ...report, choice } };
    executor.destroy();
    throw new AppError(
      'adapter-unavailable',
      `${lost.name} was lost, and another machine is there now.`,
      {
        hint:
          `Finished cells are saved. ${executor.profile.name} computes other last digits than they have: ` +
          'choose what computes in the menu of the bar below, or restart the browser.',
      },
    );
  }

  /** Ends a device that has said nothing for so long while somebody waits for it; whether it did. */
  giveUp(afterSilentS: number): boolean {
    if (this.opened?.executor.giveUp?.(afterSilentS) !== true) return false;
    this.lose();
    return true;
  }

  /** Closes it where the error says that it is of no use any more; returns whether it does. */
  closeAfter({ code }: AppError): boolean {
    const isLost = DEVICE_FAULTS.has(code);
    if (isLost) this.lose();
    return isLost;
  }

  private lose(): void {
    this.lost = this.opened?.executor.profile ?? this.lost;
    this.close();
  }

  close(): void {
    this.opened?.executor.destroy();
    this.opened = null;
  }
}

/** Whether kernels are chosen alike on both: limits and features decide, and so do the bits of results. */
function isSameMachine(one: AdapterProfile, other: AdapterProfile): boolean {
  return JSON.stringify(decisive(one)) === JSON.stringify(decisive(other));
}

/** Of a CPU the number of threads does not count: bits do not depend on it, and one may fail to start. */
function decisive({ kind, vendor, architecture, features, limits, ...rest }: AdapterProfile) {
  const own = features.filter((feature) => feature !== 'threads').toSorted();
  const gpu = kind === 'webgpu' && [rest.description, limits];
  return [kind, vendor, architecture, rest.isSoftware, own, gpu];
}
