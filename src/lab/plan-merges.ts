import { AppError } from '../core/errors.ts';
import { AVERAGE_METHOD, putsEvaluatedLast } from './merge-methods.ts';
import type { DomainsMerge, MergePlan, PeriodsMerge } from './experiment-types.ts';
import type { Chain } from './plan-training.ts';
import type { PlanBuilder } from './plan-builder.ts';
import { seedSuffix } from './titles.ts';

/** A merged checkpoint and where it is evaluated as one of its own contexts. */
export interface PlannedMerge {
  readonly id: string;
  readonly model: string;
  readonly own: readonly {
    readonly domain: string;
    /** Checkpoint whose id rows are restored; null where the model's own rows are right. */
    readonly rows: string | null;
  }[];
}

/** The merge jobs of one chain, with the means they use as base. */
export async function planMerges(builder: PlanBuilder, chain: Chain): Promise<PlannedMerge[]> {
  const planned: PlannedMerge[] = [];
  for (const merge of builder.experiment.merges) {
    planned.push(
      ...(merge.over === 'domains'
        ? await overDomains(builder, chain, merge)
        : await overPeriods(builder, chain, merge)),
    );
  }
  for (const { model, id } of planned) {
    builder.nameCheckpoint(`${model}/seed${String(chain.seed)}`, id);
  }
  return planned;
}

/**
 * Domains share token ids but not their meaning, so one merged body is evaluated with the id rows
 * of the evaluated domain. One merge per evaluated domain where the base belongs to a domain, or
 * where the method tells the evaluated domain from the others: that one then comes last.
 */
async function overDomains(
  builder: PlanBuilder,
  chain: Chain,
  merge: DomainsMerge,
): Promise<PlannedMerge[]> {
  const models = merge.domains.map((domain) => cellOf(chain, domain, merge.stage));
  // Only the tokens of ids mean something else in every domain; words do not.
  const hasIds = builder.experiment.paradigm.kind === 'semantic-id';
  const own = merge.evaluate.map((domain) => ({
    domain,
    cell: cellOf(chain, domain, merge.stage),
    rows: hasIds ? cellOf(chain, domain, merge.stage) : null,
  }));
  const ownsBase = merge.base !== null && merge.base !== 'base' && !merge.base.endsWith('-mean');
  const isOrdered = putsEvaluatedLast(merge.method);
  const common = ownsBase ? null : await commonBase(builder, chain, merge);
  if (!ownsBase && !isOrdered) {
    const id = await addMerge(builder, chain, merge, merge.name, common, models);
    return [{ id, model: merge.name, own }];
  }
  const planned: PlannedMerge[] = [];
  for (const place of own) {
    const base = ownsBase ? cellOf(chain, place.domain, merge.base) : common;
    const model = `${merge.name} (${place.domain})`;
    const ordered = isOrdered ? [...models.filter((id) => id !== place.cell), place.cell] : models;
    const id = await addMerge(builder, chain, merge, model, base, ordered);
    planned.push({ id, model, own: [place] });
  }
  return planned;
}

async function overPeriods(
  builder: PlanBuilder,
  chain: Chain,
  merge: PeriodsMerge,
): Promise<PlannedMerge[]> {
  const planned: PlannedMerge[] = [];
  for (const domain of merge.domains) {
    const models = merge.stages.map((stage) => cellOf(chain, domain, stage));
    const base =
      merge.base === null
        ? null
        : merge.base === 'base'
          ? chain.base
          : cellOf(chain, domain, merge.base);
    const model = `${merge.name} (${domain})`;
    const id = await addMerge(builder, chain, merge, model, base, models);
    planned.push({ id, model, own: [{ domain, rows: null }] });
  }
  return planned;
}

async function commonBase(
  builder: PlanBuilder,
  chain: Chain,
  merge: DomainsMerge,
): Promise<string | null> {
  if (merge.base === null) return null;
  if (merge.base === 'base') return chain.base;
  const stage = merge.base.slice(0, -'-mean'.length);
  return builder.add({
    kind: 'merge',
    title: `mean of ${stage}${seedSuffix(builder.experiment, chain.seed)}`,
    seed: chain.seed,
    cell: null,
    settings: { method: AVERAGE_METHOD, parameters: {} },
    inputs: {
      base: null,
      models: merge.domains.map((domain) => cellOf(chain, domain, stage)),
    },
  });
}

function addMerge(
  builder: PlanBuilder,
  chain: Chain,
  merge: MergePlan,
  model: string,
  base: string | null,
  models: readonly string[],
): Promise<string> {
  return builder.add({
    kind: 'merge',
    title: `merge ${model}${seedSuffix(builder.experiment, chain.seed)}`,
    seed: chain.seed,
    cell: null,
    settings: { method: merge.method, parameters: merge.parameters },
    inputs: { base, models },
  });
}

function cellOf(chain: Chain, domain: string, stage: string): string {
  const id = chain.cells.get(domain)?.get(stage);
  if (id === undefined) {
    throw new AppError('internal', `The grid has no cell ${domain}/${stage}.`);
  }
  return id;
}
