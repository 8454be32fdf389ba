import { shownNotes } from '../../src/core/notes.ts';
import { toAppError } from '../../src/core/errors.ts';
import { parseExperiment } from '../../src/lab/document/experiment.ts';
import type { LocatedDocument } from '../../src/io/yaml/located-yaml.ts';
import type { Experiment } from '../../src/lab/experiment/experiment-types.ts';
import { withImportedBase } from '../../src/lab/inspection/with-imported-base.ts';
import { type OpenedBase } from '../../src/lab/checkpoints/opened-base.ts';
import {
  inspectExperiment,
  modelSizeOf,
  planDigest,
} from '../../src/lab/inspection/inspect-experiment.ts';
import type { Inspection as DataOutcome } from '../../src/lab/paradigms/contract/paradigm.ts';
import type { Job } from '../../src/lab/job/job.ts';
import { summaryOf } from '../../src/lab/job/job-summary.ts';
import { jobModule } from '../../src/lab/jobs/job-list.ts';
import { measuredModels, referenceFault } from '../../src/lab/plan/measured-models.ts';
import { planExperiment } from '../../src/lab/plan/plan.ts';
import type { Dataset } from '../../src/rec/data/types.ts';
import type { Inspection, InspectionPurpose } from './api.ts';
import { inspectedMemory, type MachineMemory } from './inspected-memory.ts';

/** Digest of a plan made without data: its jobs can be shown, but none of them is ever stored. */
const NO_DATA = 'no-data';

/**
 * Checks a document and its data and plans the run without starting it. Faults of the document and
 * of the data come back as values; files that are not imported yet are a note, and so is the memory
 * that training needs on the open adapter.
 */
export async function inspectDocument(
  text: string,
  dataOf: (experiment: Experiment) => Promise<Dataset>,
  finishedOf: (ids: readonly string[]) => Promise<readonly string[]>,
  machine: MachineMemory = { profile: null, freeBytes: null },
  /** null before the files of a base are read. */
  imported: OpenedBase['model'] | null = null,
  purpose: InspectionPurpose = {},
): Promise<Inspection> {
  const parsed = parseExperiment(text);
  if (!parsed.ok) return { ok: false, faults: parsed.faults };
  const { placeOf } = parsed;
  const based = withBase(parsed.experiment, imported, placeOf);
  if (!based.ok) return based;
  const { experiment } = based;
  const inspected = await inspectedData(experiment, placeOf, dataOf);
  if (inspected.faults.length > 0) return { ok: false, faults: inspected.faults };
  const { jobs } = await planExperiment(experiment, inspected.digest);
  const memory = await inspectedMemory(experiment, machine, inspected);
  if (memory.faults.length > 0 && isWholeNeeded(jobs, purpose)) {
    return { ok: false, faults: memory.faults };
  }
  const shortage = memory.faults.map(({ message }) => message);
  const models = measuredModels(jobs, experiment.contexts.domains);
  const { reference } = experiment.results;
  const fault = reference === undefined ? null : referenceFault(reference, models);
  if (fault !== null) {
    return { ok: false, faults: [{ place: placeOf(['results', 'reference']), message: fault }] };
  }
  return {
    ok: true,
    name: experiment.name,
    jobs: jobs.map((job) => summaryOf(job, jobModule(job.kind).model)),
    models,
    finished: await finishedOf(jobs.map(({ id }) => id)),
    contexts: inspected.contexts,
    leaks: inspected.leaks,
    parameters: modelSizeOf(experiment, inspected),
    notes: [...shownNotes(inspected.notes), ...memory.notes, ...shortage],
    ...(memory.memoryBytes !== undefined && { memoryBytes: memory.memoryBytes }),
    ...(shortage.length > 0 && { lacksMemory: true }),
  };
}

/** Whether this machine has to have the memory that the document's training takes. */
function isWholeNeeded(jobs: readonly Job[], { isPlanOnly, job: id }: InspectionPurpose): boolean {
  if (isPlanOnly === true) return false;
  const job = jobs.find((one) => one.id === id);
  return job === undefined || trains(job);
}

/** Kinds of jobs that take optimizer steps say with what. */
function trains({ settings }: Job): boolean {
  if ('training' in settings) return (settings.training?.optimizer.epochs ?? 0) > 0;
  return 'optimizer' in settings && settings.optimizer.epochs > 0;
}

/** Without its base nothing can be planned: the jobs' ids depend on its content. */
function withBase(
  experiment: Experiment,
  imported: OpenedBase['model'] | null,
  placeOf: LocatedDocument['placeOf'],
) {
  try {
    return { ok: true, experiment: withImportedBase(experiment, imported) } as const;
  } catch (thrown) {
    const { message, hint } = toAppError(thrown);
    const fault = { place: placeOf(['base', 'source']), message: `${message} ${hint}` };
    return { ok: false, faults: [fault] } as const;
  }
}

async function inspectedData(
  experiment: Experiment,
  placeOf: LocatedDocument['placeOf'],
  dataOf: (experiment: Experiment) => Promise<Dataset>,
): Promise<DataOutcome & { readonly digest: string }> {
  try {
    const dataset = await dataOf(experiment);
    const inspection = inspectExperiment(experiment, dataset, placeOf);
    const notes = [...dataset.notes, ...inspection.notes];
    return { ...inspection, notes, digest: await planDigest(experiment, dataset) };
  } catch (thrown) {
    const { code, message, hint, faults } = toAppError(thrown);
    const nothing = { contexts: [], leaks: 0, digest: NO_DATA, behaviour: null };
    if (code === 'data-missing') return { ...nothing, notes: [`${message} ${hint}`], faults: [] };
    return { ...nothing, notes: [], faults: [{ place: 'data', message }, ...faults] };
  }
}
