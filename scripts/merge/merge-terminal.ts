import { basename } from 'node:path';
import { faultLines } from '../../src/core/notes.ts';
import type { MergeMessage } from '../../workers/merge-files/merge-messages.ts';
import { EXIT } from '../headless/exit-codes.ts';
import type { MergeJob } from './merge-job.ts';

type Message<Type> = MergeMessage & { readonly type: Type };

/** How much of tensors a merge may hold at a time. */
export interface MergeMemory {
  /** As the call says; null where it does not. */
  readonly budgetBytes: number | null;
  readonly defaultBytes: number;
}

/** What the terminal says of a run on any host, and with which code it ends. */
export class MergeTerminal {
  private readonly jobs: readonly MergeJob[];
  private readonly memory: MergeMemory | null;
  private readonly finish: (code: number) => void;
  private worst: number = EXIT.done;
  private hasEnded = false;
  private shownPercent = -1;

  /**
   * @param jobs those that the host was given, in its order
   * @param memory null where nothing will be merged
   * @param finish called once, with the exit code
   */
  constructor(
    jobs: readonly MergeJob[],
    memory: MergeMemory | null,
    finish: (code: number) => void,
  ) {
    this.jobs = jobs;
    this.memory = memory;
    this.finish = finish;
  }

  /** Says why a recipe was not even given to the host, where there is a reason. */
  problem({ recipePath, problem }: MergeJob): void {
    if (problem === null) return;
    this.worst = EXIT.inputWrong;
    console.error(`${basename(recipePath)}: ${problem} [recipe-invalid]`);
  }

  show(message: MergeMessage): void {
    switch (message.type) {
      case 'session':
        return this.showSession(message);
      case 'note':
        return console.log(`  ${message.text}`);
      case 'checked':
        return this.showOutlook(message);
      case 'progress':
        return this.showProgress(message);
      case 'merged':
        return this.showResult(message);
      case 'wrong':
        return this.report(message);
      case 'ended':
        return this.end(message.isStopped ? EXIT.stopped : this.worst);
      case 'failed':
        console.error(`${message.error.message} [${message.error.code}]`);
        for (const line of faultLines(message.faults)) console.error(`  ${line}`);
        if (message.error.hint !== '') console.error(message.error.hint);
        return this.end(EXIT.failed);
    }
  }

  stopping(): void {
    console.log('Stopping … (Ctrl-C again leaves at once)');
  }

  /** The host is gone; says so unless it had told its end. */
  died(reason: string): void {
    if (this.hasEnded) return;
    console.error(`${reason} What was not finished has been removed.`);
    this.end(EXIT.failed);
  }

  private end(code: number): void {
    this.hasEnded = true;
    this.finish(code);
  }

  private showSession({ report, host }: Message<'session'>): void {
    const { profile, reason, hint } = report;
    const flavour = profile.kind === 'cpu' ? `, ${profile.description}` : '';
    console.log(`Runs on ${profile.name}${flavour}, in ${host}`);
    if (reason !== '') console.log(`  ${reason} ${hint}`.trimEnd());
    if (profile.kind === 'webgpu' && report.choice === 'auto') {
      console.log(
        '  Methods that go through in ranges take the CPU, which the disk is slower than.',
      );
    }
    if (this.memory === null) return;
    const { budgetBytes, defaultBytes } = this.memory;
    const held = `  Holds at most ${size(budgetBytes ?? defaultBytes)} of tensors`;
    console.log(
      budgetBytes === null
        ? `${held}: a quarter of the memory that is free (--memory MB sets another limit)`
        : `${held}, as --memory says`,
    );
  }

  private showOutlook({ recipe, outlook }: Message<'checked'>): void {
    const { steps, tensors, bytes, largestTensorBytes, notes } = outlook;
    const inSteps = steps === 1 ? '' : ` in ${steps} steps`;
    console.log(
      `${this.nameOf(recipe)}: ${tensors} tensors, ${size(bytes)}${inSteps}; ` +
        `the largest tensor has ${size(largestTensorBytes)} as float32`,
    );
    // The one place for them here; the result has them in its README.md.
    if (notes.length > 0) console.log('  Notes');
    for (const note of notes) console.log(`  - ${note}`);
  }

  private showResult({ recipe, reports, seconds }: Message<'merged'>): void {
    const { outDir = '' } = this.jobs[recipe] ?? {};
    const written = reports.at(-1)?.bytesWritten ?? 0;
    const peak = Math.max(...reports.map(({ peakBytes }) => peakBytes));
    const largest = Math.max(...reports.map((one) => one.largestTensorBytes));
    this.shownPercent = -1;
    console.log(
      `Wrote ${outDir}: ${size(written)} in ${seconds.toFixed(1)} s; at most ${size(peak)} ` +
        `of tensors held, the largest has ${size(largest)}`,
    );
  }

  private showProgress({ recipe, progress }: Message<'progress'>): void {
    const { doneBytes, totalBytes, tensor, step, steps } = progress;
    const percent = totalBytes === 0 ? 100 : Math.floor((100 * doneBytes) / totalBytes);
    // A line each ten percent: the output of a long merge stays readable in a log.
    if (Math.floor(percent / 10) === Math.floor(this.shownPercent / 10)) return;
    this.shownPercent = percent;
    const ofStep = steps === 1 ? '' : ` (step ${step} of ${steps})`;
    console.log(`${this.nameOf(recipe)}${ofStep}: ${percent} % ${tensor}`);
  }

  private report({ recipe, error, faults }: Message<'wrong'>): void {
    const isInput = INPUT_CODES.includes(error.code);
    if (this.worst !== EXIT.failed) this.worst = isInput ? EXIT.inputWrong : EXIT.failed;
    console.error(`${this.nameOf(recipe)}: ${error.message} [${error.code}]`);
    for (const line of faultLines(faults)) console.error(`  ${line}`);
    if (error.hint !== '') console.error(error.hint);
    if (error.code === 'limit-exceeded') this.showLimit();
  }

  private showLimit(): void {
    if (this.memory === null) return;
    const { budgetBytes, defaultBytes } = this.memory;
    const limit =
      budgetBytes === null ? 'a quarter of that' : `${size(budgetBytes)}, as --memory says`;
    console.error(`${size(4 * defaultBytes)} of memory are free; the limit is ${limit}.`);
  }

  private nameOf(recipe: number): string {
    return basename(this.jobs[recipe]?.recipePath ?? '');
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
