import type { EpochMetrics } from '../../src/rec/behaviour/behaviour-types.ts';
import type { JobSummary, RunEvent } from '../../src/lab/job/events.ts';

export interface ProgressTarget {
  readonly write: (text: string) => void;
  /** True: one line is redrawn in place; false: plain lines, one a job and one every ten seconds. */
  readonly isTerminal: boolean;
  readonly columns: () => number;
  /** Milliseconds, any origin. */
  readonly now: () => number;
}

const BAR = 24;
const REDRAW_MS = 250;
const PLAIN_MS = 10_000;

/** Progress of a run in a terminal: a bar with rate and remaining time for each job. */
export class Progress {
  private readonly target: ProgressTarget;
  private readonly titles = new Map<string, string>();
  private readonly finished = new Set<string>();
  private readonly told = new Set<string>();
  private loss: { readonly jobId: string; readonly value: number } | null = null;
  private epoch: { readonly jobId: string; readonly text: string } | null = null;
  private lastLineAt = Number.NEGATIVE_INFINITY;
  private isBarShown = false;

  constructor(target: ProgressTarget) {
    this.target = target;
  }

  plan(jobs: readonly JobSummary[]): void {
    for (const job of jobs) this.titles.set(job.id, job.title);
  }

  /** How many jobs are finished, from the store or by this run. */
  get finishedCount(): number {
    return this.finished.size;
  }

  add(event: RunEvent): void {
    switch (event.type) {
      case 'plan':
        return this.plan(event.jobs);
      case 'job-started':
        this.lastLineAt = this.target.isTerminal ? Number.NEGATIVE_INFINITY : this.target.now();
        return;
      case 'loss': {
        const value = event.losses[event.losses.length - 1];
        if (value !== undefined) this.loss = { jobId: event.jobId, value };
        return;
      }
      case 'epochs': {
        const last = event.epochs.at(-1);
        if (last !== undefined) this.epoch = { jobId: event.jobId, text: epochText(last) };
        return;
      }
      case 'job-progress':
        return this.progress(event);
      case 'job-done': {
        this.finished.add(event.jobId);
        const how = event.cached ? 'from the store' : durationText(event.seconds);
        return this.line(`${this.counter()} ✓ ${this.title(event.jobId)}  ${how}`);
      }
      case 'job-failed':
        return this.line(`${this.counter()} ✗ ${this.title(event.jobId)}: ${event.error.message}`);
      case 'note':
        return this.notes([event.text]);
      case 'restarted':
        return this.line(
          `${event.reason} The run continues on a new ${event.what}; finished jobs are kept.`,
        );
      case 'choice':
      case 'trials':
      case 'analysis':
      case 'answers':
      case 'results':
      case 'memory':
      case 'finished':
      case 'stopped':
    }
  }

  /** Prints notes that were not printed before: a run finds again what the inspection has said. */
  notes(notes: readonly string[]): void {
    for (const note of notes) {
      if (!this.told.has(note)) this.line(`  ${note}`);
      this.told.add(note);
    }
  }

  /** Prints a line of its own, above the bar. */
  line(text: string): void {
    this.clear();
    this.target.write(`${text}\n`);
  }

  clear(): void {
    if (this.isBarShown) this.target.write('\r\u001b[K');
    this.isBarShown = false;
  }

  private progress(event: RunEvent & { type: 'job-progress' }): void {
    const now = this.target.now();
    const wait = this.target.isTerminal ? REDRAW_MS : PLAIN_MS;
    if (now - this.lastLineAt < wait) return;
    this.lastLineAt = now;
    const { jobId, done, total, unit, rate } = event;
    const left = rate > 0 ? `, ${durationText((total - done) / rate)} left` : '';
    const loss = this.loss?.jobId === jobId ? `, loss ${this.loss.value.toFixed(3)}` : '';
    const epoch = this.epoch?.jobId === jobId ? `, ${this.epoch.text}` : '';
    const numbers = `${done}/${total} ${unit}, ${rateText(rate)}/s${left}${loss}${epoch}`;
    if (!this.target.isTerminal) {
      this.line(`${this.counter()} ${this.title(jobId)}: ${numbers}`);
      return;
    }
    const filled = total > 0 ? Math.round((done / total) * BAR) : 0;
    const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
    const text = `${this.counter()} ${this.title(jobId)}  ${bar}  ${numbers}`;
    this.target.write(`\r\u001b[K${[...text].slice(0, this.target.columns() - 1).join('')}`);
    this.isBarShown = true;
  }

  private counter(): string {
    const total = String(this.titles.size);
    return `[${String(this.finished.size).padStart(total.length)}/${total}]`;
  }

  private title(jobId: string): string {
    return this.titles.get(jobId) ?? jobId.slice(0, 12);
  }
}

/** "8 s", "3 min 05 s", "2 h 07 min". */
export function durationText(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  const pad = (value: number): string => String(value).padStart(2, '0');
  if (minutes < 60) return `${minutes} min ${pad(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

function rateText(rate: number): string {
  return rate >= 100 ? String(Math.round(rate)) : rate.toFixed(1);
}

/** "epoch 3: AUC 82.1 in training, 65.8 in test" */
function epochText({ epoch, train, test }: EpochMetrics): string {
  const percent = (auc: number | null) => (auc === null ? '–' : (100 * auc).toFixed(1));
  return `epoch ${epoch}: AUC ${percent(train.auc)} in training, ${percent(test.auc)} in test`;
}
