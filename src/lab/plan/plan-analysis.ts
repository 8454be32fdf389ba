import { AppError } from '../../core/errors.ts';
import { WEIGHT_METHOD, AVERAGE_METHOD } from '../merging/merge-methods.ts';
import type { AnalysisPlan } from '../experiment/analyses/analysis-list.ts';
import type {
  LandscapePlan,
  RegressionPlan,
  TaskVectorPlan,
} from '../experiment/analysis-section.ts';
import { isJobOf, type Job, type JobOf } from '../job/job.ts';
import type { LandscapeSettings, ProbeSettings } from '../job/job-settings.ts';
import { paradigmOf } from '../paradigms/paradigm-list.ts';
import type { PlanBuilder } from '../planning/plan-builder.ts';
import { idOf, type PlannedMerge, type Chain } from '../planning/chain.ts';
import { period, seedSuffix } from '../experiment/titles.ts';

/** What one seed planned, for analyses to refer to. */
export interface PlannedSeed {
  readonly chain: Chain;
  readonly merges: readonly PlannedMerge[];
}

/** The `analysis` section: jobs that measure checkpoints or results which other jobs made. */
export async function planAnalyses(
  builder: PlanBuilder,
  seeds: readonly PlannedSeed[],
  planned: readonly Job[],
): Promise<void> {
  const { analysis } = builder.experiment;
  const paradigm = paradigmOf(builder.experiment);
  for (const plan of analysis) {
    if (plan.kind === 'weight-regression') await planRegression(builder, plan, seeds, planned);
    else if (plan.kind === 'scaling') await paradigm.planScaling?.(builder, plan);
    else for (const seed of seeds) await planModels(builder, plan, seed);
  }
}

interface Reference {
  readonly id: string;
  /** The one domain that the model was made for; null for a model of several, or of none. */
  readonly domain: string | null;
}

async function planModels(
  builder: PlanBuilder,
  plan: TaskVectorPlan | LandscapePlan,
  seed: PlannedSeed,
): Promise<void> {
  const models: Reference[] = [];
  for (const name of plan.models) models.push(await referenceOf(builder, seed, plan, name));
  const ids = models.map(({ id }) => id);
  const { chain } = seed;
  const common = {
    kind: 'analysis',
    title: `analysis ${plan.name}${seedSuffix(builder.experiment, chain.seed)}`,
    seed: chain.seed,
    cell: null,
  } as const;
  if (plan.kind === 'task-vectors') {
    const { kind, trim, range, tensors, spectrum, base } = plan;
    await builder.add({
      ...common,
      settings: { kind, trim, range, tensors, spectrum },
      inputs: { models: ids, base: (await referenceOf(builder, seed, plan, base)).id },
      label: { name: plan.name, models: plan.models, base },
    });
    return;
  }
  const domains = plan.evaluate ?? builder.experiment.contexts.domains;
  await builder.add({
    ...common,
    settings: landscapeSettings(builder, plan, domains),
    inputs: { models: ids, ...probeInputs(builder, chain, domains, models) },
    label: { name: plan.name, models: plan.models, base: null },
  });
}

async function referenceOf(
  builder: PlanBuilder,
  { chain, merges }: PlannedSeed,
  plan: AnalysisPlan & { readonly models: readonly string[] },
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

function landscapeSettings(
  { experiment, sampling }: PlanBuilder,
  plan: LandscapePlan,
  domains: readonly string[],
): LandscapeSettings {
  const probe: ProbeSettings = {
    domains,
    test: period(experiment.contexts.test),
    sampling,
    users: plan.users,
    tokensPerBatch: experiment.training.tokensPerBatch,
    ...paradigmOf(experiment).probe(experiment),
  };
  const { points } = plan;
  return plan.kind === 'path'
    ? { kind: plan.kind, points, probe }
    : { kind: plan.kind, points, margin: plan.margin, probe };
}

/** What a loss is computed from; the id rows of the evaluated domain for models of others. */
function probeInputs(
  { experiment }: PlanBuilder,
  chain: Chain,
  domains: readonly string[],
  models: readonly Reference[],
) {
  const data = domains.map((domain) => idOf(chain.data, domain));
  const tokenizer = chain.text === null ? {} : { tokenizer: chain.text.tokenizer };
  if (paradigmOf(experiment).restored === undefined) return { data, ...tokenizer };
  const rows = domains.map((domain) => {
    if (models.every((model) => model.domain === domain)) return null;
    const own = models.find((model) => model.domain === domain);
    const newest = [...(chain.cells.get(domain)?.values() ?? [])].at(-1);
    return own?.id ?? newest ?? null;
  });
  return { data, ids: domains.map((domain) => idOf(chain.ids, domain)), rows, ...tokenizer };
}

/** One regression over all seeds: a domain's weight is the best of the mean over them. */
async function planRegression(
  builder: PlanBuilder,
  plan: RegressionPlan,
  seeds: readonly PlannedSeed[],
  planned: readonly Job[],
): Promise<void> {
  const { experiment, sampling } = builder;
  const { contexts, merges, evaluation } = experiment;
  const chosen = merges.filter(
    ({ name, method, over }) =>
      over === 'periods' && method === WEIGHT_METHOD && plan.merges?.includes(name) !== false,
  );
  const domains = chosen[0]?.domains ?? [];
  const splits = contexts.validation === null ? ['test'] : ['validation', 'test'];
  const evaluations: string[] = [];
  for (const { merges: made } of seeds) {
    for (const domain of domains) {
      for (const { name } of chosen) {
        const model = made.find((merge) => merge.model === `${name} (${domain})`)?.id;
        for (const split of splits)
          evaluations.push(evaluationOf(planned, model, domain, split).id);
      }
    }
  }
  const [{ chain }] = seeds as readonly [PlannedSeed, ...PlannedSeed[]];
  await builder.add({
    kind: 'analysis',
    title: `analysis ${plan.name}`,
    // Of all seeds together.
    seed: 0,
    cell: null,
    settings: {
      kind: plan.kind,
      domains,
      weights: chosen.map(({ parameters }) => Number(parameters['alpha'] ?? DEFAULT_ALPHA)),
      seeds: seeds.length,
      hasValidation: contexts.validation !== null,
      metric: plan.metric,
      k: plan.k,
      features: plan.features,
      stages: contexts.stages.map(period),
      test: period(contexts.test),
      sampling,
      users: evaluation.maxUsers,
    },
    inputs: { evaluations, data: domains.map((domain) => idOf(chain.data, domain)) },
    label: { name: plan.name, models: chosen.map(({ name }) => name), base: null },
  });
}

/** Velocity's own default. */
const DEFAULT_ALPHA = 0.05;

function evaluationOf(
  planned: readonly Job[],
  model: string | undefined,
  domain: string,
  split: string,
): JobOf<'evaluate'> {
  const found = planned.find(
    (job): job is JobOf<'evaluate'> =>
      isJobOf(job, 'evaluate') &&
      job.inputs.model === model &&
      job.settings.domain === domain &&
      (job.settings.split ?? 'test') === split,
  );
  if (found !== undefined) return found;
  throw new AppError('internal', `No evaluation on ${domain} (${split}) was planned.`);
}
