import type { SimulatorSection } from '../experiment/data-section.ts';
import type { ExperimentDocument } from '../experiment/common-sections.ts';
import type { PathFault } from '../experiment/path-fault.ts';

/** Of data from files nobody knows the probabilities; the oracle is a row of the baselines' job. */
export function checkOracle({ data, evaluation }: ExperimentDocument): PathFault[] {
  if (evaluation.oracle !== true) return [];
  const path = ['evaluation', 'oracle'];
  if (!('source' in data)) {
    return [{ path, message: 'needs simulated data: only of those the probabilities are known.' }];
  }
  if (evaluation.baselines) return [];
  return [{ path, message: 'needs evaluation.baselines: the oracle is one of them.' }];
}

/** Periods and domains that the simulator's numbers name, and sizes that must fit each other. */
export function checkSimulator({ data, contexts }: ExperimentDocument): PathFault[] {
  if (!('source' in data)) return [];
  const { interactionsPerUser, itemsPerDomain, existingItems = {} } = data;
  const faults = unknownDomains(contexts.domains, ['data', 'existingItems'], existingItems);
  faults.push(...checkPeriodNames(data, contexts), ...checkBirths(data));
  for (const [period, share] of Object.entries(data.returning ?? {})) {
    if (typeof share !== 'object') continue;
    faults.push(...unknownDomains(contexts.domains, ['data', 'returning', period], share));
  }
  if (interactionsPerUser * 4 <= itemsPerDomain) return faults;
  const message = 'must be at most a quarter of itemsPerDomain: nobody takes an item twice.';
  return [...faults, { path: ['data', 'interactionsPerUser'], message }];
}

function unknownDomains(
  domains: readonly string[] = [],
  path: readonly string[],
  values: object,
): PathFault[] {
  if (domains.length === 0) return [];
  return Object.keys(values)
    .filter((domain) => !domains.includes(domain))
    .map((domain) => ({
      path: [...path, domain],
      message: `"${domain}" is not among the domains: ${domains.join(', ')}.`,
    }));
}

function checkPeriodNames(
  { novelty = {}, returning = {} }: SimulatorSection,
  { stages, validation }: ExperimentDocument['contexts'],
): PathFault[] {
  const periods = [...stages.map(({ name }) => name), 'test'];
  const windows = validation === undefined ? periods : [...periods, 'validation'];
  const unknown = (key: string, values: object, known: readonly string[]): PathFault[] =>
    Object.keys(values)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        path: ['data', key, name],
        message: `There is no period "${name}"; there are: ${known.join(', ')}.`,
      }));
  return [...unknown('novelty', novelty, periods), ...unknown('returning', returning, windows)];
}

function checkBirths({ novelty, existingItems }: SimulatorSection): PathFault[] {
  if (novelty === undefined) return [];
  const path = ['data', 'novelty'];
  const born = Object.values(novelty).reduce((sum, share) => sum + share, 0);
  if (born > 1 + 1e-9) {
    return [{ path, message: 'The shares of all periods come to more than 1.' }];
  }
  if (existingItems === undefined) return [];
  return [{ path, message: 'cannot stand beside existingItems: both say when items are born.' }];
}
