import { rmSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { toAppError } from '../../src/core/errors.ts';
import type { RunEvent } from '../../src/lab/job/events.ts';
import { touch } from '../../src/store/files/job-claims.ts';
import { ensureNodeBundle, LAB } from '../node-bundle.ts';
import { relaxedSimdFlags } from '../test/relaxed-simd.ts';
import { Headway } from '../../workers/lab/headway.ts';
import type { HeadlessMessage } from '../../workers/headless/headless-messages.ts';
import { shownOf, type HeadlessArguments } from './arguments.ts';
import { baseFolder, exitWithoutBase } from './base-folder.ts';
import { EXIT } from './exit-codes.ts';
import { exportPlan } from './export/export-plan.ts';
import type { Progress } from './progress.ts';
import { RunTerminal, wireOf } from './run-terminal.ts';
import type { LabThreadData, LabThreadMessage } from './serve-lab.ts';
import { WatchedThread, type Thread } from './watched-thread.ts';

const BEAT_MS = 10_000;

/** Starts a lab, given the folder of its bundle. */
export type StartLab = (data: LabThreadData, bundle: string) => Thread;

const startLabThread: StartLab = (workerData, bundle) =>
  new Worker(join(bundle, 'lab.mjs'), {
    workerData,
    execArgv: [],
    // Node's own limit, 2 to 4 GB, is one of pages; large data sets have large tables of names.
    resourceLimits: { maxOldGenerationSizeMb: Math.max(4096, (totalmem() / 2 ** 20) * 0.75) },
  });

/** One headless run in Node: the lab in a thread, this one for the terminal and for heartbeats. */
export class NodeRun {
  private readonly settings: HeadlessArguments;
  private readonly progress: Progress;
  private readonly startLab: StartLab;
  private readonly terminal: RunTerminal;
  private readonly claims = new Set<string>();
  private thread: WatchedThread<LabThreadMessage> | null = null;
  private planned: (HeadlessMessage & { readonly type: 'planned' }) | null = null;
  private isStopping = false;

  constructor(settings: HeadlessArguments, progress: Progress, startLab = startLabThread) {
    this.settings = settings;
    this.progress = progress;
    this.startLab = startLab;
    this.terminal = new RunTerminal(settings, progress);
  }

  /** Runs to the end; gives the exit code. */
  async main(): Promise<number> {
    const line = (text: string): void => {
      this.progress.line(text);
    };
    let baseDir: string | null;
    try {
      baseDir = await baseFolder(this.settings, line);
    } catch (error) {
      this.terminal.error(wireOf(toAppError(error)));
      return exitWithoutBase(toAppError(error));
    }
    const bundle = await ensureNodeBundle(LAB, () => {
      line('Bundles the lab; this happens once after a change and takes about two seconds.');
    });
    // Node 20 has fused multiply-add behind a flag; threads take it over.
    relaxedSimdFlags().forEach(setFlagsFromString);
    const beat = setInterval(() => {
      this.claims.forEach(touch);
    }, BEAT_MS);
    try {
      const code = await this.inThread(bundle, baseDir);
      if (this.settings.export === null) return code ?? this.noResult();
      return code ?? (await this.writeExport(baseDir));
    } finally {
      clearInterval(beat);
    }
  }

  private noResult(): number {
    return this.terminal.died('The run ended without a result.');
  }

  /** Writes the plan that was told for another engine. */
  private async writeExport(baseDir: string | null): Promise<number> {
    const { settings, planned } = this;
    if (settings.export === null || planned === null) return this.noResult();
    try {
      for (const path of await exportPlan(settings, settings.export, planned, baseDir)) {
        this.progress.line(`Wrote ${join(settings.outDir, path)}`);
      }
      return EXIT.done;
    } catch (thrown) {
      const error = toAppError(thrown);
      this.terminal.error(wireOf(error));
      return error.code === 'data-invalid' ? EXIT.inputWrong : EXIT.failed;
    }
  }

  /** First call: stop at the next safe point. Second, or before the run began: leave at once. */
  stop(): void {
    if (this.isStopping || this.thread === null) process.exit(EXIT.stopped);
    this.isStopping = true;
    this.terminal.stopping();
    this.thread.stop('stop');
  }

  /** The exit code that the lab told; null when it ended without one. */
  private async inThread(bundle: string, baseDir: string | null): Promise<number | null> {
    const data = this.threadData(baseDir);
    let code: number | null = null;
    const headway = new Headway();
    const isFurther = (event: RunEvent): boolean => headway.isMade(event);
    this.thread = new WatchedThread({
      start: () => this.startLab(data, bundle),
      onMessage: (message: LabThreadMessage) => {
        if (message.kind === 'tell') {
          if (message.message.type === 'planned') this.planned = message.message;
          code = this.terminal.show(message.message) ?? code;
          const { message: told } = message;
          return told.type === 'events' && told.events.filter(isFurther).length > 0;
        }
        if (message.kind === 'claim') {
          if (message.isHeld) this.claims.add(message.path);
          else this.claims.delete(message.path);
        }
        return false;
      },
      onRestart: (reason) => {
        // They name this process, which lives: nobody else would take them for left.
        for (const path of this.claims) rmSync(path, { force: true });
        this.claims.clear();
        this.progress.line(
          `The lab's thread ended: ${reason}. Another one goes on from the finished jobs.`,
        );
      },
    });
    const reason = await this.thread.run();
    if (reason === '') return code;
    const kept = 'Finished jobs are kept; the same command continues.';
    return this.terminal.died(`The lab's thread ended: ${reason}. ${kept}`);
  }

  private threadData(baseDir: string | null): LabThreadData {
    const { document, executor, limits, requireGpu, threads, ...settings } = this.settings;
    const { adapter, storeDir, outDir, dataDir } = settings;
    const isPlanOnly = settings.export !== null;
    return {
      task: { document, executor, limits, requireGpu, isPlanOnly, ...shownOf(this.settings) },
      ...{ adapter, outDir, dataDir, baseDir },
      storeDir: isPlanOnly ? null : storeDir,
      // An export is measured as its jobs will run: several of one thread beside each other.
      threads: threads ?? (isPlanOnly ? 1 : availableParallelism()),
    };
  }
}
