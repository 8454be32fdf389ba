import { join } from 'node:path';
import type { AppError } from '../../src/core/errors.ts';
import { faultLines } from '../../src/core/notes.ts';
import { describeBase } from '../../src/lab/checkpoints/describe-base.ts';
import { differenceLines, textTable } from '../../src/lab/report/text-table.ts';
import type { HeadlessMessage } from '../../workers/headless/headless-messages.ts';
import { EXIT } from './exit-codes.ts';
import { durationText, type Progress } from './progress.ts';

export interface RunTerminalOptions {
  readonly documentName: string;
  readonly outDir: string;
  /** Where finished jobs are kept. */
  readonly storeDir: string;
}

type Told<Type extends HeadlessMessage['type']> = HeadlessMessage & { readonly type: Type };

/** What a run tells, in the terminal; the same for every host. */
export class RunTerminal {
  private readonly options: RunTerminalOptions;
  private readonly progress: Progress;
  /** Importers tell the end of their reading more than once. */
  private lastRead = '';

  constructor(options: RunTerminalOptions, progress: Progress) {
    this.options = options;
    this.progress = progress;
  }

  /** Shows a message; gives the exit code when it is the last one. */
  show(message: HeadlessMessage): number | null {
    switch (message.type) {
      case 'session':
        this.session(message);
        return null;
      case 'note':
        this.progress.line(`  ${message.text}`);
        return null;
      case 'importing': {
        const { what, doneBytes, totalBytes } = message;
        const text = `Read ${(totalBytes / 1e6).toFixed(1)} MB of ${what}`;
        if (doneBytes < totalBytes || text === this.lastRead) return null;
        this.lastRead = text;
        this.progress.line(text);
        return null;
      }
      case 'base':
        this.progress.line(`Base: ${describeBase(message.summary)}`);
        return null;
      case 'planned':
        this.progress.plan(message.jobs);
        this.progress.notes(message.notes);
        this.progress.line(
          `${message.name}: ${message.jobs.length} jobs, ${message.finished} finished already; ` +
            `${message.parameters} parameters a model; ${message.leaks} future interactions in training`,
        );
        return null;
      case 'events':
        for (const event of message.events) this.progress.add(event);
        return null;
      case 'written':
        this.progress.line(`Wrote ${join(this.options.outDir, message.path)}`);
        return null;
      case 'ended':
        return this.ended(message);
      case 'refused':
        this.error(message);
        return EXIT.inputWrong;
      case 'failed':
        this.error(message);
        return EXIT.failed;
    }
  }

  /** For what goes wrong before there is a run. */
  error({ error, faults }: Pick<Told<'failed'>, 'error' | 'faults'>): void {
    this.progress.clear();
    console.error(`${this.options.documentName}: ${error.message} [${error.code}]`);
    for (const line of faultLines(faults)) console.error(`  ${line}`);
    if (error.hint !== '') console.error(error.hint);
  }

  /** The host died; gives the exit code. */
  died(reason: string): number {
    this.progress.clear();
    console.error(reason);
    return EXIT.failed;
  }

  stopping(): void {
    this.progress.line('Stopping at the next safe point … (Ctrl-C again leaves at once)');
  }

  private session({ report, host }: Told<'session'>): void {
    const { profile, reason, hint } = report;
    const flavour = profile.kind === 'cpu' ? `, ${profile.description}` : '';
    this.progress.line(`Runs on ${profile.name}${flavour}, in ${host}`);
    if (reason !== '') this.progress.line(`  ${reason} ${hint}`.trimEnd());
  }

  private ended({ status, seconds, rows, compared }: Told<'ended'>): number {
    this.progress.clear();
    if (status === 'stopped') {
      this.progress.line(
        `Stopped. ${this.progress.finishedCount} finished jobs are kept in ` +
          `${this.options.storeDir}; the same command continues.`,
      );
      return EXIT.stopped;
    }
    const lines =
      compared === undefined ? '' : differenceLines(compared.differences, compared.reference);
    const second = lines === '' ? '' : `${lines}\n\n`;
    const table = rows.length === 0 ? '' : `\n${textTable(rows)}\n\n${second}`;
    this.progress.line(`${table}Done in ${durationText(seconds)}.`);
    return EXIT.done;
  }
}

/** A fault of this program's own side as the message that a run would tell. */
export function wireOf({
  code,
  message,
  hint,
  faults,
}: AppError): Pick<Told<'failed'>, 'error' | 'faults'> {
  return { error: { code, message, hint }, faults };
}
