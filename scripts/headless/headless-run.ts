import { join } from 'node:path';
import { toAppError, type AppError } from '../../src/core/errors.ts';
import { faultLines } from '../../src/core/notes.ts';
import { describeBase } from '../../src/lab/checkpoints/describe-base.ts';
import { textTable } from '../../src/lab/report/text-table.ts';
import type { HeadlessMessage, HeadlessTask } from '../../workers/headless/headless-messages.ts';
import { NO_IMPORT, wrongDocument } from '../../workers/lab/refusal.ts';
import { ensureBuilt } from '../build.ts';
import { ensureBrowser } from '../ensure-browser.ts';
import { startServer } from '../local-server.ts';
import type { HeadlessArguments } from './arguments.ts';
import { openHeadlessPage, profileFolder, type BrowserRun } from './browser-run.ts';
import { EXIT } from './exit-codes.ts';
import { importsBase, isYaml } from './base-of-document.ts';
import { downloadBase } from './download-base.ts';
import { durationText, type Progress } from './progress.ts';

/** A download that broke off: the same command continues it. All else is wrong input. */
const NETWORK_CODES: readonly AppError['code'][] = [
  'network-failed',
  'rate-limited',
  'checksum-mismatch',
  'internal',
];

/** One headless run: server, browser, progress in the terminal, and how it ended. */
export class HeadlessRun {
  private readonly settings: HeadlessArguments;
  private readonly progress: Progress;
  private readonly finished: Promise<number>;
  private finish: (code: number) => void = () => undefined;
  private run: BrowserRun | null = null;
  private isStopping = false;

  constructor(settings: HeadlessArguments, progress: Progress) {
    this.settings = settings;
    this.progress = progress;
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
      baseDir = await this.baseFolder();
    } catch (error) {
      return this.withoutBase(toAppError(error));
    }
    const task: HeadlessTask = { document: settings.document, executor: settings.executor };
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
          this.show(message);
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
    this.progress.line('Stopping at the next safe point … (Ctrl-C again leaves at once)');
    this.run.stop().catch((error: unknown) => {
      this.fail(error instanceof Error ? error.message : String(error));
    });
  }

  /** The folder of the base, downloaded where it is on a hub and the document wants one. */
  private async baseFolder(): Promise<string | null> {
    const { base, document, outDir } = this.settings;
    if (base === null || typeof base === 'string') return base;
    // Faults of the document are for the page to list: nothing is downloaded then.
    if (!isYaml(document)) return null;
    if (!importsBase(document)) throw wrongDocument([NO_IMPORT]);
    return downloadBase(base, {
      folder: join(profileFolder(outDir), 'hub'),
      fetch,
      now: () => performance.now(),
      line: (text) => {
        this.progress.line(text);
      },
    });
  }

  private withoutBase({ code, message, hint, faults }: AppError): number {
    this.report({ type: 'refused', error: { code, message, hint }, faults });
    return NETWORK_CODES.includes(code) ? EXIT.failed : EXIT.inputWrong;
  }

  private show(message: HeadlessMessage): void {
    switch (message.type) {
      case 'session': {
        const { profile, reason, hint } = message.report;
        this.progress.line(`Runs on ${profile.name}`);
        if (reason !== '') this.progress.line(`  ${reason} ${hint}`.trimEnd());
        return;
      }
      case 'importing': {
        const { what, doneBytes, totalBytes } = message;
        if (doneBytes >= totalBytes)
          this.progress.line(`Read ${(totalBytes / 1e6).toFixed(1)} MB of ${what}`);
        return;
      }
      case 'base':
        this.progress.line(`Base: ${describeBase(message.summary)}`);
        return;
      case 'note':
        this.progress.line(`  ${message.text}`);
        return;
      case 'planned':
        this.progress.plan(message.jobs);
        this.progress.notes(message.notes);
        this.progress.line(
          `${message.name}: ${message.jobs.length} jobs, ${message.finished} finished already; ` +
            `${message.parameters} parameters a model; ${message.leaks} future interactions in training`,
        );
        return;
      case 'events':
        for (const event of message.events) this.progress.add(event);
        return;
      case 'written':
        this.progress.line(`Wrote ${join(this.settings.outDir, message.path)}`);
        return;
      case 'ended':
        return this.end(message);
      case 'refused':
        this.report(message);
        return this.finish(EXIT.inputWrong);
      case 'failed':
        this.report(message);
        return this.finish(EXIT.failed);
    }
  }

  private end(message: HeadlessMessage & { type: 'ended' }): void {
    this.progress.clear();
    if (message.status === 'stopped') {
      this.progress.line(
        `Stopped. ${this.progress.finishedCount} finished jobs are kept in ` +
          `${profileFolder(this.settings.outDir)}; the same command continues.`,
      );
      return this.finish(EXIT.stopped);
    }
    this.progress.line(`\n${textTable(message.rows)}\n\nDone in ${durationText(message.seconds)}.`);
    this.finish(EXIT.done);
  }

  private report(message: HeadlessMessage & { type: 'refused' | 'failed' }): void {
    this.progress.clear();
    const { error, faults } = message;
    console.error(`${this.settings.documentName}: ${error.message} [${error.code}]`);
    for (const line of faultLines(faults)) console.error(`  ${line}`);
    if (error.hint !== '') console.error(error.hint);
  }

  private fail(reason: string): void {
    this.progress.clear();
    console.error(reason);
    this.finish(EXIT.failed);
  }

  private launchProblem(error: unknown): string {
    const text = error instanceof Error ? error.message : String(error);
    if (!/ProcessSingleton|already in use|SingletonLock/.test(text)) return text;
    return `Another run uses ${this.settings.outDir}. Wait for it, or choose another folder with --out.`;
  }
}
