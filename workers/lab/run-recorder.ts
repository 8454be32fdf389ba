import { shownNotes } from '../../src/core/notes.ts';
import type { JobSummary, RunEvent, SessionReport } from '../../src/lab/job/events.ts';
import { recordedJob } from '../../src/lab/job/job-summary.ts';
import type { TrainingChoice } from '../../src/rec/training/epoch-choice.ts';
import type { LossCurve, RunRecord } from '../../src/lab/report/run-info.ts';
import { NO_ANSWERS, withAnswers } from '../../src/lab/results/answers.ts';
import { differencesTo } from '../../src/lab/results/differences.ts';
import type { ResultRow } from '../../src/lab/results/results.ts';
import type { SearchResult } from '../../src/lab/work/search-rows.ts';
import { ENGINE_VERSION } from '../../src/lab/experiment/experiment-defaults.ts';
import { parseExperiment } from '../../src/lab/document/experiment.ts';
import type { Inspection } from './api.ts';

/** What a record needs beside the events of the run. */
export interface RunFacts {
  readonly inspection: Inspection & { ok: true };
  readonly report: SessionReport;
  readonly document: string;
  readonly rows: readonly ResultRow[];
  readonly seconds: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly browser: string;
  /** What models are compared with. */
  readonly reference?: string | null;
}

/** Collects a run's events into what a report is made of: curves, times, what came from the store. */
export class RunRecorder {
  private readonly jobs: readonly JobSummary[];
  private readonly curves = new Map<
    string,
    { steps: number[]; losses: number[]; closeShares?: number[] }
  >();
  private readonly searches = new Map<string, SearchResult>();
  private readonly done = new Map<string, { seconds: number; cached: boolean }>();

  private readonly choices = new Map<string, TrainingChoice>();
  private readonly notes = new Set<string>();
  private answers = NO_ANSWERS;

  constructor(jobs: readonly JobSummary[]) {
    this.jobs = jobs;
  }

  add(event: RunEvent): void {
    if (event.type === 'loss') {
      const curve = this.curves.get(event.jobId) ?? { steps: [], losses: [] };
      for (const step of event.steps) curve.steps.push(step);
      for (const loss of event.losses) curve.losses.push(loss);
      for (const share of event.closeShares ?? []) (curve.closeShares ??= []).push(share);
      this.curves.set(event.jobId, curve);
    } else if (event.type === 'trials') {
      const before = this.searches.get(event.jobId)?.trials.slice(0, event.from) ?? [];
      const trials = [...before, ...event.trials];
      this.searches.set(event.jobId, { search: event.search, trials });
    } else if (event.type === 'answers') {
      this.answers = withAnswers(this.answers, event);
    } else if (event.type === 'choice') {
      this.choices.set(event.jobId, event.choice);
    } else if (event.type === 'note') {
      this.notes.add(event.text);
    } else if (event.type === 'job-done') {
      this.done.set(event.jobId, { seconds: event.seconds, cached: event.cached });
    }
  }

  record(facts: RunFacts): RunRecord {
    const { inspection, report, reference = null } = facts;
    const parsed = parseExperiment(facts.document);
    return {
      info: {
        name: inspection.name,
        document: facts.document,
        seeds: parsed.ok ? parsed.experiment.seeds : [],
        adapter: report.profile,
        adapterReason: report.reason,
        engineVersion: ENGINE_VERSION,
        browser: facts.browser,
        // They begin with those of the import, and end with what only the run could find.
        notes: [...new Set([...inspection.notes, ...shownNotes([...this.notes])])],
        parameters: inspection.parameters,
        startedAt: facts.startedAt,
        finishedAt: facts.finishedAt,
        seconds: facts.seconds,
      },
      rows: facts.rows,
      answers: this.answers,
      reference,
      differences: reference === null ? [] : differencesTo(this.answers, reference),
      searches: [...this.searches.values()],
      shares: inspection.contexts.map(({ domain, cumulative }) => ({ domain, cumulative })),
      curves: this.jobs.flatMap((job) => this.curveOf(job)),
      ...(this.choices.size > 0 && {
        choices: this.jobs.flatMap(({ id, title }) => {
          const choice = this.choices.get(id);
          return choice === undefined ? [] : [{ title, ...choice }];
        }),
      }),
      jobs: this.jobs.map((job) => ({
        ...recordedJob(job),
        ...(this.done.get(job.id) ?? { seconds: 0, cached: false }),
      })),
    };
  }

  private curveOf(job: JobSummary): LossCurve[] {
    const curve = this.curves.get(job.id);
    return curve === undefined ? [] : [{ title: job.title, ...curve }];
  }
}
