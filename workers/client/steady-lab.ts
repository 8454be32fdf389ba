import { transfer, type Remote } from 'comlink';
import { AppError, toAppError } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/lab/job/events.ts';
import type { LabApi } from '../lab/api.ts';
import { Headway } from '../lab/headway.ts';
import type { LabWorkerApi } from '../lab/lab-parts.ts';
import { BACK_OFF_MS } from '../lab/surviving-loss.ts';
import { PATIENCE_S } from '../rpc/heartbeat.ts';
import { SILENT, type WorkerEnd } from './worker-end.ts';

type Lab = Remote<LabWorkerApi>;
type Call<Name extends keyof LabApi> = Parameters<LabApi[Name]>;

/**
 * The lab, whatever becomes of its worker. One that dies is replaced when it is needed next, at once during a
 * run; the new one is given what the old one had: the machine and the base. A run then continues from the jobs
 * that are stored, and says so. Replacing ends, and the run with it, after `BACK_OFF_MS.length` workers in a
 * row with which it came no further. Other calls that wait when a worker dies reject with worker-died.
 */
export class SteadyLab {
  /** What the page calls. */
  readonly lab: Remote<LabApi>;
  private readonly start: (patienceS: number) => WorkerEnd<LabWorkerApi>;
  private end: WorkerEnd<LabWorkerApi> | null = null;
  private starting: Promise<Lab> | null = null;
  private silences = 0;
  private machine: Parameters<LabWorkerApi['resume']> | null = null;
  private base: Call<'openBase'>[0] | null = null;
  private isStopAsked = false;
  private closed: AppError | null = null;

  constructor(start: (patienceS: number) => WorkerEnd<LabWorkerApi>) {
    this.start = start;
    const own: Partial<Record<string | symbol, unknown>> = {
      open: (...call: Call<'open'>) => this.open(...call),
      openBase: (...call: Call<'openBase'>) => this.openBase(...call),
      closeBase: () => this.closeBase(),
      run: (...call: Call<'run'>) => this.run(...call),
      stop: () => this.stop(),
    };
    const calls: object = own;
    this.lab = new Proxy(calls, {
      // Every other call goes to the worker as it is; comlink's own symbols and `then` are none.
      get: (_calls, name) => {
        if (name in own || typeof name === 'symbol' || name === 'then') return own[name];
        return async (...call: unknown[]) => {
          const lab: object = await this.living();
          return (Reflect.get(lab, name) as (...given: unknown[]) => unknown)(...call);
        };
      },
    }) as Remote<LabApi>;
  }

  /** The lab of a worker that lives; a new one where there is none. @errors version-mismatch, worker-died */
  living(): Promise<Lab> {
    if (this.closed !== null) return Promise.reject(this.closed);
    if (this.end !== null && this.end.watch.error === null && this.starting === null) {
      return Promise.resolve(this.end.remote);
    }
    this.starting ??= this.renew().finally(() => {
      this.starting = null;
    });
    return this.starting;
  }

  /** Ends it for good. */
  close(reason: AppError): void {
    this.closed = reason;
    this.end?.terminate();
  }

  private async renew(): Promise<Lab> {
    const patienceS = PATIENCE_S[Math.min(this.silences, PATIENCE_S.length - 1)] ?? 0;
    const end = this.start(patienceS);
    this.end = end;
    end.watch.onDeath(({ details }) => {
      if (details['reason'] === SILENT) this.silences += 1;
    });
    try {
      await end.ready;
      const { remote } = end;
      if (this.machine !== null) await remote.resume(...this.machine);
      if (this.base !== null) await remote.openBase(this.base);
      return remote;
    } catch (error) {
      end.terminate();
      throw error;
    }
  }

  private async open(choice: Call<'open'>[0]) {
    const lab = await this.living();
    const report = await lab.open(choice);
    this.machine = [choice, report.profile];
    return report;
  }

  private async openBase(...[files, onProgress]: Call<'openBase'>) {
    const lab = await this.living();
    this.base = null;
    const summary = await (onProgress === undefined
      ? lab.openBase(files)
      : lab.openBase(files, onProgress));
    this.base = files;
    return summary;
  }

  private async closeBase(): Promise<void> {
    this.base = null;
    await (await this.living()).closeBase();
  }

  /** A worker that no longer hears ends by its silence, and the run with it. */
  private async stop(): Promise<void> {
    this.isStopAsked = true;
    await this.end?.remote.stop().catch((error: unknown) => {
      if (toAppError(error).code !== 'worker-died') throw error;
    });
  }

  private async run(...[text, dataset, port, limits]: Call<'run'>) {
    this.isStopAsked = false;
    const headway = new Headway();
    let failed = 0;
    const tell = (events: readonly RunEvent[]): void => {
      // All of them: each may be beyond the one before.
      if (events.filter((event) => headway.isMade(event)).length > 0) failed = 0;
      port.postMessage(events);
    };
    for (;;) {
      // A port of its own for each worker: what a dead one still says is not passed on.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }: MessageEvent<readonly RunEvent[]>): void => {
        tell(data);
      };
      try {
        const lab = await this.living();
        return await lab.run(text, dataset, transfer(port2, [port2]), limits);
      } catch (thrown) {
        const error = toAppError(thrown);
        // A worker that was caught in a loop ends seconds after it was told to, and with it its lock.
        const isOwnLock = error.code === 'lock-lost' && failed > 0;
        if (this.closed !== null || (error.code !== 'worker-died' && !isOwnLock)) throw error;
        port1.close();
        if (this.isStopAsked) throw stopped(error);
        const waitMs = BACK_OFF_MS[failed++];
        if (isOwnLock) {
          if (waitMs === undefined) throw error;
          await new Promise((resolve) => setTimeout(resolve, waitMs));
          continue;
        }
        if (waitMs === undefined) throw givenUp(error);
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        tell([{ type: 'restarted', what: 'engine', reason: error.message }]);
      }
    }
  }
}

function stopped({ message }: AppError): AppError {
  return new AppError('worker-died', `Stopped. ${message}`, {
    hint: 'Finished jobs are stored: run again to continue from them.',
  });
}

function givenUp(cause: AppError): AppError {
  const count = String(BACK_OFF_MS.length);
  return new AppError('worker-died', `${cause.message} ${count} attempts with a new one failed.`, {
    hint:
      'Finished jobs are stored. Reload the page and run again to continue from them; where it is short of ' +
      'memory, close other tabs or choose a smaller model first.',
    cause,
  });
}
