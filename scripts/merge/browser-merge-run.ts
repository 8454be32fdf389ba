import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MergeMessage, MergeTask } from '../../workers/merge-files/merge-messages.ts';
import { PartFolder } from '../../workers/merge-files/node/part-folder.ts';
import {
  makeWorkFolder,
  PROFILE,
  removeWorkFolder,
} from '../../workers/merge-files/node/work-folder.ts';
import { ensureBuilt } from '../build.ts';
import { ensureBrowser } from '../ensure-browser.ts';
import { openHeadlessPage, type BrowserRun } from '../headless/browser-run.ts';
import { EXIT } from '../headless/exit-codes.ts';
import { startServer } from '../server/local-server.ts';
import type { MergeArguments } from './arguments.ts';
import { beginMerge, type BegunMerge } from './begin-merge.ts';
import { PROFILE_PREFIX } from './leftovers.ts';
import { mergeRoutes, servedJob, type ServedJob } from './merge-routes.ts';

/** One call of `npm run merge` in the page of a browser: what it makes and takes away, and its end. */
export class BrowserMergeRun {
  private readonly settings: MergeArguments;
  private run: BrowserRun | null = null;
  private begun: BegunMerge | null = null;
  private served: readonly ServedJob[] = [];
  private workDir: string | null = null;
  private isStopping = false;

  constructor(settings: MergeArguments) {
    this.settings = settings;
  }

  /** Runs to the end; gives the exit code. Nothing unfinished is left in the out folder. */
  async main(): Promise<number> {
    const { mayReplace, browser } = this.settings;
    const executablePath = browser ?? ensureBrowser();
    if (executablePath === null) return EXIT.failed;
    const begun = beginMerge(this.settings);
    if (begun.jobs.length === 0) return EXIT.inputWrong;
    this.begun = begun;
    this.served = begun.jobs.map((job) => servedJob(job, new PartFolder(job.outDir, mayReplace)));
    // Two presses of Ctrl-C leave at once: what can be taken away without waiting still is.
    process.once('exit', () => {
      this.clear();
    });
    return await this.serve(executablePath, begun);
  }

  /** First call: stop and remove what is not finished. Second, or before the page is open: leave. */
  stop(): void {
    if (this.isStopping || this.run === null) process.exit(EXIT.stopped);
    this.isStopping = true;
    this.begun?.terminal.stopping();
    this.run.stop().catch((error: unknown) => {
      console.error(error instanceof Error ? error.message : String(error));
      this.begun?.finish(EXIT.failed);
    });
  }

  private async serve(executablePath: string, begun: BegunMerge): Promise<number> {
    const { jobs, isCheck, budgetBytes, terminal, finished, finish } = begun;
    const { executor, options } = this.settings;
    const root = await ensureBuilt();
    const recipes = jobs.map(({ text }) => text);
    const task: MergeTask = { recipes, executor, options: { ...options, budgetBytes }, isCheck };
    const server = await startServer({ root, task, routes: mergeRoutes(this.served) });
    try {
      this.workDir = makeWorkFolder(join(tmpdir(), PROFILE_PREFIX));
      this.run = await openHeadlessPage<MergeMessage>({
        ...{ page: 'merge.html', executablePath, server },
        profileDir: join(this.workDir, PROFILE),
        adapter: executor === 'cpu' ? 'none' : 'any',
        onMessage: (message) => {
          terminal.show(message);
        },
        onDeath: (reason) => {
          terminal.died(reason);
        },
      });
      return await finished;
    } catch (error) {
      console.error(error instanceof Error ? error.message : String(error));
      finish(EXIT.failed);
      return EXIT.failed;
    } finally {
      // A browser that died already has nothing to close.
      await this.run?.close().catch(() => undefined);
      await server.close();
      for (const { files } of this.served) await files.close();
      this.clear();
    }
  }

  private clear(): void {
    for (const { part } of this.served) part.remove();
    if (this.workDir !== null) removeWorkFolder(this.workDir);
    this.workDir = null;
  }
}
