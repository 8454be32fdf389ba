import type { AdapterProfile } from '../../src/compute/executor.ts';
import { shownNotes } from '../../src/core/notes.ts';
import { toAppError, type Fault } from '../../src/core/errors.ts';
import { parseExperiment } from '../../src/lab/document/experiment.ts';
import type { LocatedDocument } from '../../src/io/located-yaml.ts';
import type { Experiment } from '../../src/lab/experiment/experiment-types.ts';
import { withImportedBase } from '../../src/lab/inspection/with-imported-base.ts';
import { type OpenedBase } from '../../src/lab/checkpoints/opened-base.ts';
import {
  inspectExperiment,
  modelSizeOf,
  planDigest,
} from '../../src/lab/inspection/inspect-experiment.ts';
import type {
  DataFacts,
  Inspection as DataOutcome,
} from '../../src/lab/paradigms/contract/paradigm.ts';

import { summaryOf } from '../../src/lab/job/job-summary.ts';
import { jobModule } from '../../src/lab/jobs/job-list.ts';
import { describeNeed, memoryNeedOf } from '../../src/lab/inspection/memory-need.ts';
import { measuredModels, referenceFault } from '../../src/lab/plan/measured-models.ts';
import { planExperiment } from '../../src/lab/plan/plan.ts';
import type { Dataset } from '../../src/rec/data/types.ts';
import type { Inspection } from './api.ts';

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
  /** null before an executor is open. */
  profile: AdapterProfile | null = null,
  /** null before the files of a base are read. */
  imported: OpenedBase['model'] | null = null,
): Promise<Inspection> {
  const parsed = parseExperiment(text);
  if (!parsed.ok) return { ok: false, faults: parsed.faults };
  const { placeOf } = parsed;
  const based = withBase(parsed.experiment, imported, placeOf);
  if (!based.ok) return based;
  const { experiment } = based;
  const inspected = await inspectedData(experiment, placeOf, dataOf);
  if (inspected.faults.length > 0) return { ok: false, faults: inspected.faults };
  const memory = await inspectedMemory(experiment, profile, inspected);
  if (memory.faults.length > 0) return { ok: false, faults: memory.faults };
  const { jobs } = await planExperiment(experiment, inspected.digest);
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
    notes: [...shownNotes(inspected.notes), ...memory.notes],
    ...(memory.memoryBytes !== undefined && { memoryBytes: memory.memoryBytes }),
  };
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

async function inspectedMemory(
  experiment: Experiment,
  profile: AdapterProfile | null,
  facts: DataFacts,
): Promise<{
  readonly notes: readonly string[];
  readonly faults: readonly Fault[];
  readonly memoryBytes?: number;
}> {
  if (profile === null) return { notes: [], faults: [] };
  try {
    const need = await memoryNeedOf(experiment, profile, facts);
    const memoryBytes = need.training.total;
    return { notes: [describeNeed(need, profile)], faults: [], memoryBytes };
  } catch (thrown) {
    const { message, hint } = toAppError(thrown);
    return { notes: [], faults: [{ place: 'model', message: `${message} ${hint}`.trim() }] };
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
