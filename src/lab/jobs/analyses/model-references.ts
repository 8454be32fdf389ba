import { AppError } from '../../../core/errors.ts';
import { sameLayout, type ParameterLayout } from '../../../core/layout.ts';
import type { StoredCheckpoint } from '../../checkpoints/lab-store.ts';
import { seedSuffix } from '../../experiment/titles.ts';
import type { JobOf } from '../../job/job.ts';
import { AVERAGE_METHOD } from '../../merging/merge-methods.ts';
import { layoutOf } from '../../paradigms/layout-of.ts';
import { idOf, type Chain } from '../../planning/chain.ts';
import type { PlanBuilder } from '../../planning/plan-builder.ts';
import { inputCheckpoint, type JobContext } from '../../work/job-context.ts';
import type { PlannedSeed } from './analysis-work.ts';

export interface Reference {
  readonly id: string;
  /** The one domain that the model was made for; null for a model of several, or of none. */
  readonly domain: string | null;
}

/** The models of a plan, in its order. @errors experiment-invalid for a name that there is not */
export async function referencesOf(
  builder: PlanBuilder,
  seed: PlannedSeed,
  plan: { readonly models: readonly string[] },
): Promise<Reference[]> {
  const models: Reference[] = [];
  for (const name of plan.models) models.push(await referenceOf(builder, seed, plan, name));
  return models;
}

/** What the analysis jobs of one seed share. */
export function analysisHead({ experiment }: PlanBuilder, name: string, { seed }: Chain) {
  const title = `analysis ${name}${seedSuffix(experiment, seed)}`;
  return { kind: 'analysis', title, seed, cell: null } as const;
}

export async function referenceOf(
  builder: PlanBuilder,
  { chain, merges }: PlannedSeed,
  plan: { readonly models: readonly string[] },
  name: string,
): Promise<Reference> {
  if (name === 'base') return { id: chain.base, domain: null };
  for (const [domain, row] of chain.cells) {
    for (const [stage, id] of row) {
      if (name === `${domain}/${stage}`) return { id, domain };
      if (name !== `${stage}-mean`) continue;
      return { id: await stageMean(builder, chain, stage, plan.models), domain: null };
    }
  }
  const merge = merges.find(({ model }) => model === name);
  if (merge === undefined) {
    throw new AppError('experiment-invalid', `No model is called "${name}" in the results.`, {
      hint: 'A merge that is made for each domain is called "name (domain)".',
    });
  }
  const [own, more] = merge.own;
  const isOwn = own !== undefined && more === undefined && own.rows === null;
  return { id: merge.id, domain: isOwn ? own.domain : null };
}

/** Mean of a stage's checkpoints of the domains whose cells are named; of all where none is. */
function stageMean(
  builder: PlanBuilder,
  chain: Chain,
  stage: string,
  names: readonly string[],
): Promise<string> {
  const all = [...chain.cells.keys()];
  const named = all.filter((domain) => names.some((name) => name.startsWith(`${domain}/`)));
  const models = (named.length === 0 ? all : named).map((domain) =>
    idOf(chain.cells.get(domain) ?? new Map<string, string>(), stage),
  );
  return builder.add({
    kind: 'merge',
    title: `mean of ${stage}${seedSuffix(builder.experiment, chain.seed)}`,
    seed: chain.seed,
    cell: null,
    settings: { method: AVERAGE_METHOD, parameters: {} },
    inputs: { base: null, models },
  });
}

/** @errors layout-mismatch for models of different configurations */
export async function modelsOf(
  job: JobOf<'analysis'>,
  context: JobContext,
): Promise<StoredCheckpoint[]> {
  const ids = job.inputs.models ?? [];
  const models = await Promise.all(ids.map((id) => inputCheckpoint(context, id)));
  const base =
    job.inputs.base === undefined ? [] : [await inputCheckpoint(context, job.inputs.base)];
  const [first] = models;
  if (first === undefined) return models;
  const layout = layoutOf(first.meta);
  for (const other of [...models, ...base]) checkSameLayout(layout, other);
  return models;
}

/** @errors layout-mismatch */
export function checkSameLayout(layout: ParameterLayout, { meta }: StoredCheckpoint): void {
  if (sameLayout(layout, layoutOf(meta))) return;
  throw new AppError('layout-mismatch', `"${meta.name}" has another shape than its partners.`, {
    hint: 'Only checkpoints of one model configuration can be compared.',
  });
}
