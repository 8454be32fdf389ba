import { shownNotes } from '../../core/notes.ts';
import { ENGINE_VERSION } from '../../lab/experiment/experiment-defaults.ts';
import { recordedJob } from '../../lab/job/job-summary.ts';
import type { RunInfo, RunRecord } from '../../lab/report/run-info.ts';
import { outlineOf } from '../document/document-outline.ts';
import { comparedOf } from '../state/shown-reference.ts';
import { datasetFor, type AppState } from '../state/state.ts';

/**
 * The shown run as the record that JSON and report are made of, with the document and the jobs it
 * was started with, however the draft was edited since; null before a session is open.
 */
export function runRecord(
  state: AppState,
  circumstances: Pick<RunInfo, 'browser' | 'startedAt' | 'finishedAt'>,
): RunRecord | null {
  const { report } = state.session;
  if (report === null) return null;
  const { started } = state.run;
  const { reference, differences } = comparedOf(state);
  const { inspection, text } = started ?? state.document;
  const outline = outlineOf(text);
  const order = started?.inspection.jobs.map(({ id }) => id) ?? state.run.order;
  const jobs = order.flatMap((id) => state.run.jobs[id] ?? []);
  return {
    info: {
      name: outline.name,
      document: text,
      seeds: outline.seeds,
      adapter: report.profile,
      adapterReason: report.reason,
      engineVersion: ENGINE_VERSION,
      notes: notesOf(state),
      parameters: inspection?.ok === true ? inspection.parameters : 0,
      ...circumstances,
      seconds: state.run.seconds,
    },
    rows: state.run.rows,
    answers: state.run.answers,
    reference,
    differences,
    searches: Object.values(state.run.searches),
    shares:
      inspection?.ok === true
        ? inspection.contexts.map(({ domain, cumulative }) => ({ domain, cumulative }))
        : [],
    curves: jobs
      .filter((job) => job.curve.steps.length > 0)
      .map(({ summary, curve }) => ({
        title: summary.title,
        steps: curve.steps,
        losses: curve.losses,
        ...(curve.closeShares && { closeShares: curve.closeShares }),
      })),
    jobs: jobs.map(({ summary, seconds, status }) => ({
      ...recordedJob(summary),
      seconds,
      cached: status === 'cached',
    })),
  };
}

/** Those of the inspection, which begin with the import's, then what only the run could find. */
export function notesOf(state: AppState): readonly string[] {
  const { started, notes } = state.run;
  const { inspection } = started ?? state.document;
  const before =
    inspection?.ok === true ? inspection.notes : shownNotes(datasetFor(state)?.notes ?? []);
  return [...new Set([...before, ...shownNotes(notes)])];
}
