import { AppError } from '../../core/errors.ts';
import { nextTask } from '../../core/next-task.ts';
import { sameLayout } from '../../core/layout.ts';
import { singularValues } from '../../merge/analysis/singular-values.ts';
import { taskVectorTable } from '../../merge/analysis/task-vectors.ts';
import { throwIfAborted } from '../../rec/training/train-loop.ts';
import { analysisArtefact, type AnalysisArtefact } from '../experiment/analyses/analysis-list.ts';
import { type ArtefactOf } from '../analysis/analysis-result.ts';
import { layoutOf } from '../paradigms/layout-of.ts';
import type { JobOf } from '../job/job.ts';
import type {
  TaskVectorSettings,
  LandscapeSettings,
  RegressionSettings,
} from '../job/job-settings.ts';
import type { StoredCheckpoint } from '../checkpoints/lab-store.ts';
import { paradigmOf } from '../paradigms/paradigm-list.ts';
import { inputCheckpoint, inputOf, type JobContext } from '../work/job-context.ts';
import { landscape } from './landscape.ts';
import { regressWeights } from './regress-weights.ts';
import { defineJob } from '../work/define-job.ts';
import type {
  LearningCurveSettings,
  ScalingSettings,
} from '../paradigms/discriminative/click-settings.ts';

/** What the results call an analysis and its models; not part of the id. */
export interface AnalysisLabel {
  readonly name: string;
  readonly models: readonly string[];
  readonly base: string | null;
}

export type AnalysisSettings =
  | TaskVectorSettings
  | LandscapeSettings
  | RegressionSettings
  | LearningCurveSettings
  | ScalingSettings;

declare module '../job/job.ts' {
  interface JobTypes {
    readonly analysis: MakesArtefact<
      AnalysisSettings,
      {
        /** Checkpoints that are measured. */
        readonly models?: readonly string[];
        /** Checkpoint that task vectors start from. */
        readonly base?: string;
        /** One a domain that is looked at, likewise `ids` and `rows`. */
        readonly data?: readonly string[];
        readonly ids?: readonly string[];
        /** Checkpoint whose id rows all models take; null: their own. */
        readonly rows?: readonly (string | null)[];
        readonly tokenizer?: string;
        /** By seed, domain, weight and split, the last running fastest. */
        readonly evaluations?: readonly string[];
      },
      { readonly label: AnalysisLabel }
    >;
  }
}

/** Measures checkpoints, or results that other jobs made of them. */
export async function analyse(
  job: JobOf<'analysis'>,
  context: JobContext,
): Promise<AnalysisArtefact> {
  const { settings } = job;
  switch (settings.kind) {
    case 'weight-regression':
      return regressWeights(job, settings, context);
    case 'learning-curves':
    case 'scaling':
      return ownAnalysis(job, context);
    case 'task-vectors':
      return taskVectors(job, settings, await modelsOf(job, context), context);
    case 'path':
    case 'plane':
      return landscape(job, settings, await modelsOf(job, context), context);
  }
}

/** An analysis of one paradigm. @errors internal for one that this experiment's does not have */
function ownAnalysis(job: JobOf<'analysis'>, context: JobContext): Promise<AnalysisArtefact> {
  const { analyses, document } = paradigmOf(context.experiment);
  const run = analyses[job.settings.kind];
  if (run !== undefined) return run(job, context);
  throw new AppError(
    'internal',
    `The paradigm ${document.kind} has no analysis "${job.settings.kind}".`,
  );
}

/** @errors layout-mismatch for models of different configurations */
async function modelsOf(job: JobOf<'analysis'>, context: JobContext): Promise<StoredCheckpoint[]> {
  const ids = job.inputs.models ?? [];
  const models = await Promise.all(ids.map((id) => inputCheckpoint(context, id)));
  const base =
    job.inputs.base === undefined ? [] : [await inputCheckpoint(context, job.inputs.base)];
  const [first] = models;
  for (const { meta } of [...models, ...base]) {
    if (first === undefined || sameLayout(layoutOf(first.meta), layoutOf(meta))) continue;
    throw new AppError('layout-mismatch', `"${meta.name}" has another shape than its partners.`, {
      hint: 'Only checkpoints of one model configuration can be compared.',
    });
  }
  return models;
}

/** Tensors that MMGRid leaves out of its diagnostics, by the end of their names. */
const NOT_BODY = ['embed_tokens.weight', 'lm_head.weight', 'item_token', 'logit_scale'];
/** Longest shorter side of a matrix whose singular values are found on the host. */
const SPECTRUM_SIDE = 256;

async function taskVectors(
  job: JobOf<'analysis'>,
  { trim, range, tensors, spectrum }: TaskVectorSettings,
  models: readonly StoredCheckpoint[],
  context: JobContext,
): Promise<ArtefactOf<'task-vectors'>> {
  const base = await inputCheckpoint(context, inputOf(job.inputs, 'base'));
  const layout = layoutOf(base.meta);
  const isIncluded = (name: string) =>
    tensors === 'all' || !NOT_BODY.some((end) => name.endsWith(end));
  const arenas = models.map(({ parameters }) => parameters);
  const table = await taskVectorTable(context.executor, layout, {
    base: base.parameters,
    models: arenas,
    isIncluded,
    trim,
    range,
  });
  const spectra: { tensor: string; values: number[][] }[] = [];
  const matrices = layout.entries.filter(
    ({ name, shape }) => isIncluded(name) && shape.length === 2 && Math.min(...shape) > 1,
  );
  for (const { name, shape, offset, size } of spectrum ? matrices : []) {
    const [rows = 0, columns = 0] = shape;
    if (Math.min(rows, columns) > SPECTRUM_SIDE) continue;
    throwIfAborted(context.signal);
    const values = arenas.map((arena) => {
      const delta = Float64Array.from(
        { length: size },
        (_, i) => (arena[offset + i] ?? 0) - (base.parameters[offset + i] ?? 0),
      );
      return [...singularValues(delta, rows, columns)];
    });
    spectra.push({ tensor: name, values });
    context.progress(spectra.length, matrices.length, 'tensors');
    // Jacobi sweeps take the thread: a stop must get through between matrices.
    await nextTask();
  }
  return { kind: 'task-vectors', table, spectra };
}

export const analysisJob = defineJob({
  kind: 'analysis',
  rank: 7,
  makes: analysisArtefact,
  run: analyse,
  analysis: ({ id, seed, label }, value) => ({ id, seed, ...label, value }),
});
