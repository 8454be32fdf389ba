import { ZERO_BASE } from '../experiment/merge-sections.ts';
import { AppError } from '../../core/errors.ts';
import type { DomainsMerge } from '../experiment/experiment-types.ts';
import { seedSuffix } from '../experiment/titles.ts';
import { AVERAGE_METHOD, SUM_METHOD } from '../merging/merge-methods.ts';
import type { Chain } from '../planning/chain.ts';
import type { PlanBuilder } from '../planning/plan-builder.ts';

/** What models are merged, and what their changes are counted from. */
export interface MergeOperands {
  /** One a merged domain, in their order. */
  readonly models: readonly string[];
  /** null: the method has none, or each evaluated domain another one (`baseOf`). */
  readonly base: string | null;
  /** Of a base that is the evaluated domain's own. */
  readonly baseOf?: (domain: string) => string;
}

/**
 * Base and models of a merge over domains. `<stage>-own` is no checkpoint: every model's change is
 * counted from its own domain's checkpoint of that stage, and all changes are put on the mean of
 * these. So each model θ becomes θ − own + mean, and the mean is the base.
 */
export async function mergeOperands(
  builder: PlanBuilder,
  chain: Chain,
  merge: DomainsMerge,
): Promise<MergeOperands> {
  const { base, domains, stage } = merge;
  const models = domains.map((domain) => cellOf(chain, domain, stage));
  if (base === null) return { models, base };
  if (base === 'base') return { models, base: chain.base };
  if (base === ZERO_BASE) return { models, base: await zeroBase(builder, chain, models) };
  const mean = stageOf(base, '-mean');
  if (mean !== null) return { models, base: await stageMean(builder, chain, domains, mean) };
  const own = stageOf(base, '-own');
  if (own !== null) {
    const anchor = await stageMean(builder, chain, domains, own);
    const moved: string[] = [];
    for (const domain of domains) {
      moved.push(await addMoved(builder, chain, { domain, stage, own, anchor }));
    }
    return { models: moved, base: anchor };
  }
  const [domain = '', ofStage] = cellName(base);
  if (ofStage !== undefined) return { models, base: cellOf(chain, domain, ofStage) };
  return { models, base: null, baseOf: (evaluated) => cellOf(chain, evaluated, base) };
}

/** Weights of 0: a method that masks or trims changes then masks or trims the models' own weights. */
function zeroBase(
  builder: PlanBuilder,
  chain: Chain,
  [first = '']: readonly string[],
): Promise<string> {
  return builder.add({
    kind: 'merge',
    title: `weights of 0${seedSuffix(builder.experiment, chain.seed)}`,
    seed: chain.seed,
    cell: null,
    settings: { method: SUM_METHOD, parameters: { weight: [0], normalize: false } },
    inputs: { base: null, models: [first] },
  });
}

/** `Games/pretrain` in parts: the domain's name may hold a slash itself. */
function cellName(base: string): readonly string[] {
  const at = base.lastIndexOf('/');
  return at < 0 ? [base] : [base.slice(0, at), base.slice(at + 1)];
}

function stageOf(base: string, end: '-mean' | '-own'): string | null {
  return base.endsWith(end) ? base.slice(0, -end.length) : null;
}

/** The mean of some domains' checkpoints of a stage: a job like any merge. */
export function stageMean(
  builder: PlanBuilder,
  chain: Chain,
  domains: readonly string[],
  stage: string,
): Promise<string> {
  return builder.add({
    kind: 'merge',
    title: `mean of ${stage}${seedSuffix(builder.experiment, chain.seed)}`,
    seed: chain.seed,
    cell: null,
    settings: { method: AVERAGE_METHOD, parameters: {} },
    inputs: { base: null, models: domains.map((domain) => cellOf(chain, domain, stage)) },
  });
}

/** A model's change since its own stage `own`, put on another checkpoint. */
function addMoved(
  builder: PlanBuilder,
  chain: Chain,
  at: { domain: string; stage: string; own: string; anchor: string },
): Promise<string> {
  const { domain, stage, own, anchor } = at;
  const suffix = seedSuffix(builder.experiment, chain.seed);
  return builder.add({
    kind: 'merge',
    title: `${domain}/${stage} since its ${own}${suffix}`,
    seed: chain.seed,
    cell: null,
    settings: { method: SUM_METHOD, parameters: { weight: [1, -1, 1], normalize: false } },
    inputs: {
      base: null,
      models: [cellOf(chain, domain, stage), cellOf(chain, domain, own), anchor],
    },
  });
}

/** @errors internal for a cell that the grid does not have */
export function cellOf(chain: Chain, domain: string, stage: string): string {
  const id = chain.cells.get(domain)?.get(stage);
  if (id !== undefined) return id;
  throw new AppError('internal', `The grid has no cell ${domain}/${stage}.`);
}
