import type { BehaviourData, BehaviourDomain } from '../../rec/behaviour/behaviour-types.ts';
import { AppError } from '../../core/errors.ts';
import type { ClickDataArtefact } from '../results/artefacts.ts';
import type { JobContext } from './job-context.ts';

/** Sequences and impressions are cut again where they are needed; the report and names are kept. */
export function clickData(context: JobContext): ClickDataArtefact {
  const { vocabulary, domains } = context.behaviourData();
  return {
    reports: domains.map(({ report }) => ({
      ...report,
      windows: report.windows.map((window) => ({ ...window })),
      features: report.features.map((feature) => ({ ...feature })),
    })),
    vocabulary: {
      items: [...vocabulary.items],
      features: vocabulary.features.map(({ name, values }) => ({ name, values: [...values] })),
    },
  };
}

/** @errors internal when the plan names a domain that the document does not have */
export function clicksOf({ domains }: BehaviourData, domain: string): BehaviourDomain {
  const found = domains.find((one) => one.domain === domain);
  if (found !== undefined) return found;
  throw new AppError('internal', `The impressions have no domain "${domain}".`);
}
