import { CLOSED } from '../../src/compute/webgpu/gpu-waits.ts';
import type { Executor } from '../../src/compute/executor.ts';
import { AppError, toAppError } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/lab/job/events.ts';
import type { PlanOutcome } from '../../src/lab/run/run-plan.ts';
import { Headway } from './headway.ts';

/**
 * Milliseconds before each new device after a loss. Browsers give the first at once and, after a second
 * crash of their GPU process, none for a while.
 */
export const BACK_OFF_MS: readonly number[] = [0, 500, 2000, 8000];

/** What says of a device that there is none just now. */
const ABSENT: ReadonlySet<AppError['code']> = new Set([
  'adapter-unavailable',
  'webgpu-unavailable',
]);

export interface LossParts {
  /** The executor, or a new one of the same machine where the last one was lost. */
  readonly open: () => Promise<Executor>;
  readonly run: (executor: Executor, emit: (event: RunEvent) => void) => Promise<PlanOutcome>;
  /** Hears of every fault before anything is opened again; gives it as it is told. */
  readonly explained: (error: AppError) => AppError;
  readonly emit: (event: RunEvent) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs a plan, whatever becomes of its devices: a lost one is replaced by one of the same machine, and the
 * run continues from what is stored. The one routine for all losses. Replacing ends, and the run with it,
 * after `BACK_OFF_MS.length` devices in a row with which it came no further; never is a device replaced
 * that we closed ourselves. A stop is heard also while a device is opened.
 * @errors as runPlan; device-lost
 */
export async function survivingLoss(parts: LossParts): Promise<PlanOutcome> {
  const { open, run, explained, signal } = parts;
  const headway = new Headway();
  let failed = 0;
  let loss: AppError | null = null;
  const emit = (event: RunEvent): void => {
    if (headway.isMade(event)) failed = 0;
    parts.emit(event);
  };
  for (;;) {
    let executor: Executor | null;
    try {
      executor = await unlessAborted(open(), signal);
      if (executor === null) return stopped(parts);
      if (loss !== null) emit({ type: 'restarted', what: 'device', reason: loss.message });
      return await run(executor, emit);
    } catch (thrown) {
      const error = explained(toAppError(thrown));
      const isAbsent = loss !== null && ABSENT.has(error.code);
      if (signal.aborted) return stopped(parts);
      if (!isLoss(error) && !isAbsent) throw error;
      const waitMs = BACK_OFF_MS[failed];
      // Of a device that does not come, its loss says more than its absence.
      if (!isAbsent) loss = error;
      if (waitMs === undefined) throw givenUp(loss ?? error, error);
      failed += 1;
      if ((await unlessAborted(pause(waitMs), signal)) === null) return stopped(parts);
    }
  }
}

function isLoss({ code, details }: AppError): boolean {
  return code === 'device-lost' && details['reason'] !== CLOSED;
}

/** Who only asked to stop knows why; what else ended the run has to be told, as runPlan does. */
function stopped({ emit, signal }: LossParts): PlanOutcome {
  emit({ type: 'stopped' });
  const reason: unknown = signal.reason;
  if (reason instanceof AppError && reason.code !== 'aborted') throw reason;
  return { status: 'stopped', seconds: 0, rows: [], analyses: [] };
}

/** null once the signal is aborted: what does not answer keeps nobody from stopping. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      resolve(null);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}

async function pause(ms: number): Promise<true> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  return true;
}

function givenUp(loss: AppError, last: AppError): AppError {
  const count = BACK_OFF_MS.length;
  return new AppError(
    'device-lost',
    `${loss.message} ${String(count)} attempts with a new device did not help: ${last.message}`,
    {
      hint:
        'Finished cells are saved. Reload the page, or restart the browser, and run again: it continues from ' +
        'them. The CPU can be chosen instead; it computes other last digits.',
      details: loss.details,
      cause: last,
    },
  );
}
