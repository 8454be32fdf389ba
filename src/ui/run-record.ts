import { ENGINE_VERSION } from '../lab/experiment-defaults.ts';
import type { RunRecord } from '../lab/report/run-info.ts';
import { outlineOf } from './document-outline.ts';
import { datasetFor } from './state.ts';
import type { AppState } from './state.ts';

/** The shown run as the record that JSON and report are made of; null before a session is open. */
export function runRecord(
  state: AppState,
  times: { readonly startedAt: string; readonly finishedAt: string },
): RunRecord | null {
  const { report } = state.session;
  const { inspection, text } = state.document;
  if (report === null) return null;
  const outline = outlineOf(text);
  const jobs = state.run.order.flatMap((id) => state.run.jobs[id] ?? []);
  return {
    info: {
      name: outline.name,
      document: text,
      seeds: outline.seeds,
      adapter: report.profile,
      adapterReason: report.reason,
      engineVersion: ENGINE_VERSION,
      browser: navigator.userAgent,
      // The inspection's notes begin with those of the import.
      notes: inspection?.ok === true ? inspection.notes : (datasetFor(state)?.notes ?? []),
      parameters: inspection?.ok === true ? inspection.parameters : 0,
      startedAt: times.startedAt,
      finishedAt: times.finishedAt,
      seconds: state.run.seconds,
    },
    rows: state.run.rows,
    curves: jobs
      .filter((job) => job.curve.steps.length > 0)
      .map(({ summary, curve }) => ({
        title: summary.title,
        steps: curve.steps,
        losses: curve.losses,
      })),
    jobs: jobs.map(({ summary, seconds, status }) => ({
      ...summary,
      seconds,
      cached: status === 'cached',
    })),
  };
}
