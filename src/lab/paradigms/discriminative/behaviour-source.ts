import { AppError } from '../../../core/errors.ts';
import { hashJson } from '../../../core/hash.ts';
import type { BehaviourConfig } from '../../../nn/behaviour-model/behaviour-layout.ts';
import { behaviourDigest } from '../../../rec/data/dataset-digest.ts';
import { buildBehaviourData } from '../../../rec/behaviour/behaviour-data.ts';
import { momentFeatures } from '../../../rec/behaviour/moments.ts';
import type {
  BehaviourData,
  BehaviourDomain,
  BehaviourVocabulary,
} from '../../../rec/behaviour/behaviour-types.ts';
import type { Dataset, DomainData } from '../../../rec/data/types.ts';
import type { ClickHeadSettings } from './jobs/click-settings.ts';
import type { BehaviourSizes } from '../../experiment/behaviour-sizes.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';
import { prepareDomain } from '../../work/prepare-domain.ts';
import { paradigmPlan } from '../../experiment/paradigm-plans.ts';
import type { JobContext } from '../../work/job-context.ts';
import { behaviourOptions, type DiscriminativePlan } from './behaviour-options.ts';

/**
 * What stands for the data in job ids. Side features and impressions only decide the results of
 * click models: those of the other paradigms keep their ids whether an importer reads them or not.
 */
export async function clickDigest(dataset: Dataset): Promise<string> {
  return hashJson([dataset.digest, await behaviourDigest(dataset.domains)]);
}

/**
 * Sequences and impressions of all domains of a discriminative experiment.
 * @errors data-missing, data-invalid, experiment-invalid
 */
export function behaviourDataOf(
  experiment: Experiment,
  plan: DiscriminativePlan,
  dataset: Dataset,
): BehaviourData {
  const { domains, filter } = experiment.contexts;
  const sources = domains.map((domain) => {
    const data = clickDomainData(filter, plan, dataset, domain);
    const log = dataset.domains.find((one) => one.domain === domain);
    return log?.impressions === undefined ? { data } : { data, impressions: { log } };
  });
  return buildBehaviourData(sources, behaviourOptions(experiment, plan));
}

/** The same within a run; cut once. */
export function behaviourDataIn({ experiment, dataset, once }: JobContext): BehaviourData {
  return once('sequences and impressions', () =>
    behaviourDataOf(experiment, paradigmPlan(experiment, 'discriminative'), dataset),
  );
}

/** The log that impressions are cut from; shown impressions are taken as they are. */
export function clickDomainData(
  filter: Experiment['contexts']['filter'],
  { samples }: DiscriminativePlan,
  dataset: Dataset,
  domain: string,
): DomainData {
  const own = samples === 'impressions' ? { minCount: 1, startMs: null } : filter;
  // Click models read no titles: items without one count like others.
  return prepareDomain(dataset, { domain, ...own, keepUntitled: true }).data;
}

/** @errors internal when the plan names a domain that the document does not have */
export function clicksOf({ domains }: BehaviourData, domain: string): BehaviourDomain {
  const found = domains.find((one) => one.domain === domain);
  if (found !== undefined) return found;
  throw new AppError('internal', `The impressions have no domain "${domain}".`);
}

/** What the data call the item of a row of the tables. */
export function itemIdOf({ vocabulary }: BehaviourData, domain: string, row: number): string {
  return (vocabulary.items[row] ?? '').slice(domain.length + 1);
}

/** Positions are compiled in steps of 8. */
const POSITION_STEP = 8;

/** The model of some sizes over a vocabulary; `head` null for pretraining. */
export function behaviourConfig(
  sizes: BehaviourSizes,
  vocabulary: BehaviourVocabulary,
  history: number,
  head: ClickHeadSettings | null,
): BehaviourConfig {
  const { layers, width, heads } = sizes;
  const { numbers = [], moments = [], attention = 'causal' } = head ?? {};
  return {
    items: vocabulary.items.length,
    features: vocabulary.features.map(({ name, values }) => ({ name, values: values.length })),
    numeric: numbers.length,
    ...(moments.length > 0 && {
      moments: momentFeatures(moments),
    }),
    ...(attention === 'bidirectional' && { attention }),
    layers,
    width,
    heads,
    maxPositions: Math.ceil((history + 1) / POSITION_STEP) * POSITION_STEP,
  };
}
