import { toAppError } from '../../src/core/errors.ts';
import type { HeadlessMessage, HeadlessTask } from '../../workers/headless/headless-messages.ts';
import { ensureBuilt } from '../build.ts';
import { ensureBrowser } from '../ensure-browser.ts';
import { startServer } from '../server/local-server.ts';
import { shownOf, type HeadlessArguments } from './arguments.ts';
import { baseFolder, exitWithoutBase } from './base-folder.ts';
import { openHeadlessPage, profileFolder, type BrowserRun } from './browser-run.ts';
import { EXIT } from './exit-codes.ts';
import type { Progress } from './progress.ts';
import { RunTerminal, wireOf } from './run-terminal.ts';

/** One headless run in the page of a browser: server, browser, progress in the terminal, and how it ended. */
export class HeadlessRun {
  private readonly settings: HeadlessArguments;
  private readonly progress: Progress;
  private readonly terminal: RunTerminal;
  private readonly finished: Promise<number>;
  private finish: (code: number) => void = () => undefined;
  private run: BrowserRun | null = null;
  private isStopping = false;

  constructor(settings: HeadlessArguments, progress: Progress) {
    this.settings = settings;
    this.progress = progress;
    this.terminal = new RunTerminal(settings, progress);
    this.finished = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  /** Runs to the end; gives the exit code. */
  async main(): Promise<number> {
    const { settings } = this;
    const executablePath = settings.browser ?? ensureBrowser();
    if (executablePath === null) return EXIT.failed;
    const root = await ensureBuilt();
    let baseDir: string | null;
    try {
      baseDir = await baseFolder(settings, (text) => {
        this.progress.line(text);
      });
    } catch (error) {
      this.terminal.error(wireOf(toAppError(error)));
      return exitWithoutBase(toAppError(error));
    }
    const { document, executor, requireGpu } = settings;
    const task: HeadlessTask = { document, executor, requireGpu, ...shownOf(settings) };
    const server = await startServer({
      root,
      task,
      outDir: settings.outDir,
      dataDir: settings.dataDir ?? undefined,
      baseDir: baseDir ?? undefined,
    });
    try {
      this.run = await openHeadlessPage<HeadlessMessage>({
        page: 'headless.html',
        executablePath,
        adapter: settings.executor === 'cpu' ? 'none' : 'any',
        profileDir: profileFolder(settings.outDir),
        server,
        onMessage: (message) => {
          const code = this.terminal.show(message);
          if (code !== null) this.finish(code);
        },
        onDeath: (reason) => {
          this.fail(`${reason} Finished cells are kept; the same command continues.`);
        },
      });
      return await this.finished;
    } catch (error) {
      console.error(this.launchProblem(error));
      return EXIT.failed;
    } finally {
      await this.run?.close();
      await server.close();
    }
  }

  /** First call: stop at the next safe point. Second, or before the page is open: leave at once. */
  stop(): void {
    if (this.isStopping || this.run === null) process.exit(EXIT.stopped);
    this.isStopping = true;
    this.terminal.stopping();
    this.run.stop().catch((error: unknown) => {
      this.fail(error instanceof Error ? error.message : String(error));
    });
  }

  private fail(reason: string): void {
    this.finish(this.terminal.died(reason));
  }

  private launchProblem(error: unknown): string {
    const text = error instanceof Error ? error.message : String(error);
    if (!/ProcessSingleton|already in use|SingletonLock/.test(text)) return text;
    return `Another run uses ${this.settings.outDir}. Wait for it, or choose another folder with --out.`;
  }
}
