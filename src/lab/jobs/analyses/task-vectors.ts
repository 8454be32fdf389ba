import { nextTask } from '../../../core/next-task.ts';
import { DOMAIN_TABLES } from '../../../nn/compact-id-model/compact-id-layout.ts';
import { ITEM_VECTORS } from '../../../nn/embedding-model/embedding-layout.ts';
import { singularValues } from '../../../merge/analysis/singular-values.ts';
import { taskVectorTable } from '../../../merge/analysis/task-vectors.ts';
import { throwIfAborted } from '../../../rec/training/train-loop.ts';
import type { ArtefactOf } from '../../analysis/analysis-result.ts';
import { ownBaseOf, ownStage } from '../../experiment/analyses/own-base.ts';
import type { JobOf } from '../../job/job.ts';
import type { TaskVectorSettings } from '../../job/job-settings.ts';
import { layoutOf } from '../../paradigms/layout-of.ts';
import { inputCheckpoint, inputOf, type JobContext } from '../../work/job-context.ts';
import type { PlanBuilder } from '../../planning/plan-builder.ts';
import type { AnalysisWorkOf, PlannedSeed } from './analysis-work.ts';
import {
  analysisHead,
  checkSameLayout,
  modelsOf,
  referenceOf,
  referencesOf,
} from './model-references.ts';

declare module '../../job/job-settings.ts' {
  interface AnalysisSettingsTypes {
    readonly 'task-vectors': TaskVectorSettings;
  }
}

/** One job a seed. */
export const taskVectorWork: AnalysisWorkOf<'task-vectors'> = {
  kind: 'task-vectors',
  plan: async (builder, plan, { seeds }) => {
    const { kind, name, trim, range, tensors, spectrum, base } = plan;
    for (const seed of seeds) {
      const models = await referencesOf(builder, seed, plan);
      await builder.add({
        ...analysisHead(builder, name, seed.chain),
        settings: { kind, trim, range, tensors, spectrum },
        inputs: {
          models: models.map(({ id }) => id),
          ...(await baseInputs(builder, seed, plan)),
        },
        label: { name, models: plan.models, base },
      });
    }
  },
  run: measure,
};

/** One base for all, or each model's own. */
async function baseInputs(
  builder: PlanBuilder,
  seed: PlannedSeed,
  plan: { readonly models: readonly string[]; readonly base: string },
) {
  const own = ownStage(plan.base);
  if (own === null) return { base: (await referenceOf(builder, seed, plan, plan.base)).id };
  const bases: string[] = [];
  for (const model of plan.models) {
    bases.push((await referenceOf(builder, seed, plan, ownBaseOf(model, own) ?? model)).id);
  }
  return { bases };
}

/** Tensors that MMGRid leaves out of its diagnostics, by the end of their names. */
const NOT_BODY = [
  ...['embed_tokens.weight', 'lm_head.weight', 'item_token', 'logit_scale'],
  // What a domain's codes, prefixes and items mean.
  ...DOMAIN_TABLES,
  ITEM_VECTORS,
];
/** Longest shorter side of a matrix whose singular values are found on the host. */
const SPECTRUM_SIDE = 256;

async function measure(
  job: JobOf<'analysis'>,
  { trim, range, tensors, spectrum }: TaskVectorSettings,
  context: JobContext,
): Promise<ArtefactOf<'task-vectors'>> {
  const { layout, base, arenas } = await operandsOf(job, context);
  const isIncluded = (name: string) =>
    tensors === 'all' || !NOT_BODY.some((end) => name.endsWith(end));
  const table = await taskVectorTable(context.executor, layout, {
    base,
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
        (_, i) => (arena[offset + i] ?? 0) - (base[offset + i] ?? 0),
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

/** Of models with bases of their own: their changes, from a base of zeros. */
async function operandsOf(job: JobOf<'analysis'>, context: JobContext) {
  const models = await modelsOf(job, context);
  const { bases } = job.inputs;
  const [first] = models;
  if (bases === undefined || first === undefined) {
    const { meta, parameters } = await inputCheckpoint(context, inputOf(job.inputs, 'base'));
    return {
      layout: layoutOf(meta),
      base: parameters,
      arenas: models.map((one) => one.parameters),
    };
  }
  const layout = layoutOf(first.meta);
  const arenas: Float32Array[] = [];
  for (const [place, { parameters }] of models.entries()) {
    const own = await inputCheckpoint(context, bases[place] ?? '');
    checkSameLayout(layout, own);
    arenas.push(parameters.map((value, i) => value - (own.parameters[i] ?? NaN)));
  }
  return { layout, base: new Float32Array(layout.length), arenas };
}
