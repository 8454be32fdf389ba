import type { AdapterProfile, Executor } from '../../src/compute/executor.ts';
import type { AppError, ErrorCode } from '../../src/core/errors.ts';
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

/** The worker's one executor: the chosen one, opened when it is first needed and after a fault. */
export class HeldExecutor {
  private readonly openExecutor: (choice: ExecutorChoice) => Promise<OpenedExecutor>;
  private opened: OpenedExecutor | null = null;
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
    return opened.report;
  }

  async executor(): Promise<Executor> {
    this.opened ??= await this.openExecutor(this.choice);
    return this.opened.executor;
  }

  /** Closes it where the error says that it is of no use any more; returns whether it does. */
  closeAfter({ code }: AppError): boolean {
    const isLost = DEVICE_FAULTS.has(code);
    if (isLost) this.close();
    return isLost;
  }

  close(): void {
    this.opened?.executor.destroy();
    this.opened = null;
  }
}
