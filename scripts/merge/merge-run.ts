import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import type { MergeMessage, MergeTask } from '../../workers/merge-files/merge-messages.ts';
import { ensureBuilt } from '../build.ts';
import { ensureBrowser } from '../ensure-browser.ts';
import { openHeadlessPage, type BrowserRun } from '../headless/browser-run.ts';
import { EXIT } from '../headless/exit-codes.ts';
import { startServer } from '../local-server.ts';
import type { MergeArguments } from './arguments.ts';
import { clearLeftovers, PROFILE_PREFIX } from './leftovers.ts';
import { readJobs } from './merge-job.ts';
import { mergeRoutes, type ServedJob } from './merge-routes.ts';
import { MergeTerminal } from './merge-terminal.ts';
import { PartFolder } from './part-folder.ts';
import { makeWorkFolder, PROFILE, removeWorkFolder } from './work-folder.ts';

/** One run of `npm run merge`: what it makes and takes away, server, browser, and how it ended. */
export class MergeRun {
  private readonly settings: MergeArguments;
  private readonly finished: Promise<number>;
  private finish: (code: number) => void = () => undefined;
  private run: BrowserRun | null = null;
  private served: readonly ServedJob[] = [];
  private workDir: string | null = null;
  private isStopping = false;

  constructor(settings: MergeArguments) {
    this.settings = settings;
    this.finished = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  /** Runs to the end; gives the exit code. Nothing unfinished is left in the out folder. */
  async main(): Promise<number> {
    const { recipes, outDir, mayReplace, isCheck, browser } = this.settings;
    const executablePath = browser ?? ensureBrowser();
    if (executablePath === null) return EXIT.failed;
    if (!isCheck) {
      const targets = recipes.map((path) => join(outDir, basename(path, extname(path))));
      for (const line of clearLeftovers(targets, outDir)) console.log(line);
    }
    const jobs = readJobs(recipes, { outDir, mayReplace, isCheck });
    const readable = jobs.filter(({ problem }) => problem === null);
    const terminal = new MergeTerminal(readable, (code) => {
      this.finish(code);
    });
    for (const job of jobs) terminal.problem(job);
    if (readable.length === 0) return EXIT.inputWrong;
    this.served = readable.map((job) => ({ job, part: new PartFolder(job.outDir, mayReplace) }));
    // Two presses of Ctrl-C leave at once: what can be taken away without waiting still is.
    process.once('exit', () => {
      this.clear();
    });
    // All recipes are checked, also where one that is wrong already keeps them from being merged.
    const isOnlyCheck = isCheck || readable.length < jobs.length;
    return await this.serve(executablePath, isOnlyCheck, terminal);
  }

  /** First call: stop and remove what is not finished. Second, or before the page is open: leave. */
  stop(): void {
    if (this.isStopping || this.run === null) process.exit(EXIT.stopped);
    this.isStopping = true;
    console.log('Stopping … (Ctrl-C again leaves at once)');
    this.run.stop().catch((error: unknown) => {
      console.error(error instanceof Error ? error.message : String(error));
      this.finish(EXIT.failed);
    });
  }

  private async serve(
    executablePath: string,
    isCheck: boolean,
    terminal: MergeTerminal,
  ): Promise<number> {
    const { executor, options } = this.settings;
    const root = await ensureBuilt();
    const recipes = this.served.map(({ job }) => job.text);
    const task: MergeTask = { recipes, executor, options, isCheck };
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
          console.error(`${reason} What was not finished has been removed.`);
          this.finish(EXIT.failed);
        },
      });
      return await this.finished;
    } catch (error) {
      console.error(error instanceof Error ? error.message : String(error));
      return EXIT.failed;
    } finally {
      // A browser that died already has nothing to close.
      await this.run?.close().catch(() => undefined);
      await server.close();
      this.clear();
    }
  }

  private clear(): void {
    for (const { part } of this.served) part.remove();
    if (this.workDir !== null) removeWorkFolder(this.workDir);
    this.workDir = null;
  }
}
