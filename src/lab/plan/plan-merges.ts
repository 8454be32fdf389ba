import { putsEvaluatedLast } from '../merging/merge-methods.ts';
import type { DomainsMerge, MergePlan, PeriodsMerge } from '../experiment/experiment-types.ts';
import type { PlanBuilder } from '../planning/plan-builder.ts';
import { idOf, type Chain, type PlannedMerge } from '../planning/chain.ts';
import { paradigmOf } from '../paradigms/paradigm-list.ts';
import { seedSuffix } from '../experiment/titles.ts';
import { cellOf, mergeOperands } from './merge-bases.ts';

/** A merge as it is made for some domains: which checkpoints, in which order. */
export interface MergeVersion {
  readonly model: string;
  readonly base: string | null;
  readonly models: readonly string[];
  readonly own: PlannedMerge['own'];
}

/** The merge jobs of one chain, with the means they use as base. */
export async function planMerges(builder: PlanBuilder, chain: Chain): Promise<PlannedMerge[]> {
  const planned: PlannedMerge[] = [];
  for (const merge of builder.experiment.merges) {
    for (const version of await mergeVersions(builder, chain, merge)) {
      const id = await addMerge(builder, chain, merge, version);
      planned.push({ id, model: version.model, own: version.own });
    }
  }
  return planned;
}

/**
 * What a merge is made of. Over domains, token ids are shared but not their meaning, so one merged
 * body is evaluated with the id rows of the evaluated domain. One version per evaluated domain
 * where the base belongs to a domain, or where the method tells the evaluated domain from the
 * others: that one then comes last. Over periods, one per domain.
 */
export async function mergeVersions(
  builder: PlanBuilder,
  chain: Chain,
  merge: MergePlan,
): Promise<MergeVersion[]> {
  return merge.over === 'domains' ? overDomains(builder, chain, merge) : overPeriods(chain, merge);
}

async function overDomains(
  builder: PlanBuilder,
  chain: Chain,
  merge: DomainsMerge,
): Promise<MergeVersion[]> {
  const { models, base, baseOf } = await mergeOperands(builder, chain, merge);
  const modelOf = new Map(merge.domains.map((domain, place) => [domain, models[place] ?? '']));
  // Only the tokens of ids mean something else in every domain; words do not.
  const paradigm = paradigmOf(builder.experiment);
  const isRestored =
    paradigm.restored !== undefined &&
    (merge.restore !== undefined || paradigm.restoresOnRequest?.(builder.experiment) !== true);
  const own = merge.evaluate.map((domain) => ({
    domain,
    rows: isRestored ? cellOf(chain, domain, merge.stage) : null,
    ...(merge.restore !== undefined && { restore: merge.restore }),
  }));
  const isOrdered = putsEvaluatedLast(merge.method);
  if (baseOf === undefined && !isOrdered) return [{ model: merge.name, base, models, own }];
  return own.map((place) => {
    const last = idOf(modelOf, place.domain);
    return {
      model: `${merge.name} (${place.domain})`,
      base: baseOf?.(place.domain) ?? base,
      models: isOrdered ? [...models.filter((id) => id !== last), last] : models,
      own: [place],
    };
  });
}

function overPeriods(chain: Chain, merge: PeriodsMerge): MergeVersion[] {
  const baseOf = (domain: string): string | null => {
    if (merge.base === null) return null;
    return merge.base === 'base' ? chain.base : cellOf(chain, domain, merge.base);
  };
  return merge.domains.map((domain) => ({
    model: `${merge.name} (${domain})`,
    base: baseOf(domain),
    models: merge.stages.map((stage) => cellOf(chain, domain, stage)),
    own: [{ domain, rows: null }],
  }));
}

/** @param search the job whose best numbers the merge takes */
export async function addMerge(
  builder: PlanBuilder,
  chain: Chain,
  { method, parameters, gradients }: MergePlan,
  { model, base, models }: MergeVersion,
  search?: string,
): Promise<string> {
  const id = await builder.add({
    kind: 'merge',
    title: `merge ${model}${seedSuffix(builder.experiment, chain.seed)}`,
    seed: chain.seed,
    cell: null,
    settings: { method, parameters, ...(gradients !== undefined && { gradients }) },
    inputs: { base, models, ...(search !== undefined && { search }) },
  });
  builder.nameCheckpoint(`${model}/seed${String(chain.seed)}`, id);
  return id;
}
