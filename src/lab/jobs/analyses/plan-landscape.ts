import type { LandscapePlan } from '../../experiment/analysis-section.ts';
import { period } from '../../experiment/titles.ts';
import type { LandscapeSettings, ProbeSettings } from '../../job/job-settings.ts';
import { paradigmOf } from '../../paradigms/paradigm-list.ts';
import { idOf, type Chain } from '../../planning/chain.ts';
import type { PlanBuilder } from '../../planning/plan-builder.ts';
import type { Planned } from './analysis-work.ts';
import { analysisHead, referencesOf, type Reference } from './model-references.ts';

/** One job a seed: the loss of some domains' test users at points between models. */
export async function planLandscape(
  builder: PlanBuilder,
  plan: LandscapePlan,
  { seeds }: Planned,
  settingsOf: (probe: ProbeSettings) => LandscapeSettings,
): Promise<void> {
  const domains = plan.evaluate ?? builder.experiment.contexts.domains;
  for (const seed of seeds) {
    const models = await referencesOf(builder, seed, plan);
    await builder.add({
      ...analysisHead(builder, plan.name, seed.chain),
      settings: settingsOf(probeSettings(builder, plan, domains)),
      inputs: {
        models: models.map(({ id }) => id),
        ...probeInputs(builder, seed.chain, domains, models),
      },
      label: { name: plan.name, models: plan.models, base: null },
    });
  }
}

function probeSettings(
  { experiment, sampling }: PlanBuilder,
  plan: LandscapePlan,
  domains: readonly string[],
): ProbeSettings {
  return {
    domains,
    test: period(experiment.contexts.test),
    sampling,
    users: plan.users,
    tokensPerBatch: experiment.training.tokensPerBatch,
    ...paradigmOf(experiment).probe(experiment),
  };
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
  const paradigm = paradigmOf(experiment);
  if (paradigm.restored === undefined || paradigm.restoresOnRequest?.(experiment) === true)
    return { data, ...tokenizer };
  const rows = domains.map((domain) => {
    if (models.every((model) => model.domain === domain)) return null;
    const own = models.find((model) => model.domain === domain);
    const newest = [...(chain.cells.get(domain)?.values() ?? [])].at(-1);
    return own?.id ?? newest ?? null;
  });
  // Of embeddings nothing is decoded.
  const ids = chain.ids.size > 0 && { ids: domains.map((domain) => idOf(chain.ids, domain)) };
  return { data, ...ids, rows, ...tokenizer };
}
