import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { MergeMessage, MergeTask } from '../../workers/merge-files/merge-messages.ts';
import { ensureBuilt } from '../build.ts';
import { ensureBrowser } from '../ensure-browser.ts';
import { openHeadlessPage, type BrowserRun } from '../headless/browser-run.ts';
import { EXIT } from '../headless/exit-codes.ts';
import { startServer } from '../local-server.ts';
import type { MergeArguments } from './arguments.ts';
import { mergeRoutes, partialFolder } from './merge-routes.ts';

type Wrong = MergeMessage & { readonly type: 'wrong' };

/** One run of `npm run merge`: server, browser, what the terminal says, and how it ended. */
export class MergeRun {
  private readonly settings: MergeArguments;
  private readonly finished: Promise<number>;
  private finish: (code: number) => void = () => undefined;
  private run: BrowserRun | null = null;
  private isStopping = false;
  private worst: number = EXIT.done;
  private shownPercent = -1;

  constructor(settings: MergeArguments) {
    this.settings = settings;
    this.finished = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  /** Runs to the end; gives the exit code. Nothing unfinished is left in the out folder. */
  async main(): Promise<number> {
    const { jobs, executor, options, isCheck, outDir, browser } = this.settings;
    const executablePath = browser ?? ensureBrowser();
    if (executablePath === null) return EXIT.failed;
    const root = await ensureBuilt();
    if (!isCheck) mkdirSync(outDir, { recursive: true });
    const task: MergeTask = { recipes: jobs.map(({ text }) => text), executor, options, isCheck };
    const server = await startServer({ root, task, routes: mergeRoutes(jobs) });
    const profileDir = mkdtempSync(join(tmpdir(), 'mmgrid-merge-'));
    try {
      this.run = await openHeadlessPage<MergeMessage>({
        ...{ page: 'merge.html', executablePath, profileDir, port: server.port },
        adapter: executor === 'cpu' ? 'none' : 'any',
        onMessage: (message) => {
          this.show(message);
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
      await this.run?.close();
      await server.close();
      for (const job of jobs) rmSync(partialFolder(job), { recursive: true, force: true });
      rmSync(profileDir, { recursive: true, force: true });
    }
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

  private show(message: MergeMessage): void {
    switch (message.type) {
      case 'session': {
        const { profile, reason, hint } = message.report;
        console.log(`Runs on ${profile.name}`);
        if (reason !== '') console.log(`  ${reason} ${hint}`.trimEnd());
        return;
      }
      case 'checked': {
        const { steps, tensors, bytes, largestTensorBytes, notes } = message.outlook;
        const inSteps = steps === 1 ? '' : ` in ${steps} steps`;
        console.log(
          `${this.nameOf(message.recipe)}: ${tensors} tensors, ${size(bytes)}${inSteps}; ` +
            `the largest tensor has ${size(largestTensorBytes)} as float32`,
        );
        for (const note of notes) console.log(`  ${note}`);
        return;
      }
      case 'progress':
        return this.showProgress(message);
      case 'merged': {
        const { outDir = '' } = this.settings.jobs[message.recipe] ?? {};
        const written = message.reports.at(-1)?.bytesWritten ?? 0;
        const peak = Math.max(...message.reports.map(({ peakBytes }) => peakBytes));
        const largest = Math.max(...message.reports.map((one) => one.largestTensorBytes));
        this.shownPercent = -1;
        console.log(
          `Wrote ${outDir}: ${size(written)} in ${message.seconds.toFixed(1)} s; at most ${size(peak)} ` +
            `of tensors held, the largest has ${size(largest)}`,
        );
        return;
      }
      case 'wrong':
        return this.report(message);
      case 'ended':
        return this.finish(message.isStopped ? EXIT.stopped : this.worst);
      case 'failed':
        console.error(`${message.error.message} [${message.error.code}]`);
        if (message.error.hint !== '') console.error(message.error.hint);
        return this.finish(EXIT.failed);
    }
  }

  private showProgress({ recipe, progress }: MergeMessage & { readonly type: 'progress' }): void {
    const { doneBytes, totalBytes, tensor, step, steps } = progress;
    const percent = totalBytes === 0 ? 100 : Math.floor((100 * doneBytes) / totalBytes);
    // A line each ten percent: the output of a long merge stays readable in a log.
    if (Math.floor(percent / 10) === Math.floor(this.shownPercent / 10)) return;
    this.shownPercent = percent;
    const ofStep = steps === 1 ? '' : ` (step ${step} of ${steps})`;
    console.log(`${this.nameOf(recipe)}${ofStep}: ${percent} % ${tensor}`);
  }

  private report({ recipe, error, faults }: Wrong): void {
    const isInput = INPUT_CODES.includes(error.code);
    if (this.worst !== EXIT.failed) this.worst = isInput ? EXIT.inputWrong : EXIT.failed;
    console.error(`${this.nameOf(recipe)}: ${error.message} [${error.code}]`);
    for (const fault of faults) console.error(`  ${fault.place}: ${fault.message}`);
    if (error.hint !== '') console.error(error.hint);
  }

  private nameOf(recipe: number): string {
    return basename(this.settings.jobs[recipe]?.recipePath ?? '');
  }
}

/** What recipes and models can be wrong in. */
const INPUT_CODES: readonly string[] = [
  'recipe-invalid',
  'checkpoint-missing',
  'safetensors-invalid',
  'data-invalid',
  'data-missing',
  'invalid-argument',
  'non-finite',
  'limit-exceeded',
];

function size(bytes: number): string {
  return `${(bytes / 10 ** 6).toFixed(bytes < 10 ** 7 ? 2 : 0)} MB`;
}
