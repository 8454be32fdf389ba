import { repeats, type PathFault } from '../path-fault.ts';

/** A merge whose weight an analysis may explain. */
export interface WeightedMerge {
  readonly name: string;
  readonly domains: readonly string[];
  readonly weight: number;
}

/** What an entry of the `analysis` section may refer to. */
export interface AnalysisScope {
  /** Names of models; null where only the files tell the domains. */
  readonly models: readonly string[] | null;
  readonly domains: readonly string[] | null;
  readonly cutoffs: readonly number[];
  /** All merges, with the domains that each is measured on as one of its own. */
  readonly merges: readonly { readonly name: string; readonly domains: readonly string[] }[];
  /** Merges over periods by the method that has one weight. */
  readonly weighted: { readonly method: string; readonly merges: readonly WeightedMerge[] };
}

/** Models that there are not, then those named twice. */
export function modelFaults(models: readonly string[], scope: AnalysisScope): PathFault[] {
  return [
    ...models.flatMap((model, at) => unknownModel(scope, model, ['models', at])),
    ...repeats(models, ['models']),
  ];
}

export function unknownModel(
  { models: known }: AnalysisScope,
  model: string,
  path: PathFault['path'],
): PathFault[] {
  if (known === null || known.includes(model)) return [];
  const message = `There is no model "${model}"; models: ${known.slice(0, 40).join(', ')}.`;
  return [{ path, message }];
}

export function unknownDomains(
  asked: readonly string[] | undefined,
  { domains }: AnalysisScope,
): PathFault[] {
  return (asked ?? []).flatMap((domain, at) =>
    domains === null || domains.includes(domain)
      ? []
      : [{ path: ['evaluate', at], message: `"${domain}" is not among the domains.` }],
  );
}
