import { buildSemanticIds } from '../../../rec/semantic-ids/build-ids.ts';
import { givenIdFaults, givenSemanticIds } from '../../../rec/semantic-ids/given-ids.ts';
import { reachabilityNotes } from '../../../rec/semantic-ids/reachability.ts';
import type { Dataset, DomainData, SemanticIds } from '../../../rec/data/types.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';
import { deriveSeed } from '../../work/job-context.ts';
import { period } from '../../experiment/titles.ts';

/** Distances of one pass of k-means times dimensions: about a second. More is left to the run. */
const MAX_WORK = 1e8;

/** A document is inspected with every change; its ids rarely change with it. */
const known = new WeakMap<Dataset, Map<string, SemanticIds | null>>();

/**
 * Items that would lose their prefix, or could never be recommended, under the ids that the first
 * seed's run will build. Nothing is said where they need a model or too long; the run says it then.
 */
export function idNotes(
  experiment: Experiment,
  dataset: Dataset,
  data: DomainData,
): readonly string[] {
  const ids = inspectedIds(experiment, dataset, data);
  const own = coOccurrenceNotes(experiment, data);
  return ids === null ? own : [...own, ...reachabilityNotes(data.domain, ids)];
}

/** Ids of co-occurrence are random where nobody took two things before the end of the first stage. */
function coOccurrenceNotes({ ids, contexts }: Experiment, data: DomainData): readonly string[] {
  const { features } = ids;
  if (features !== 'co-occurrence' && features !== 'both') return [];
  const [first] = contexts.stages;
  const { endMs } = period(first);
  const hasPair = data.timelines.some(({ items, timesMs }) =>
    items.some((item, at) => item !== items[0] && (timesMs[at] ?? Infinity) < endMs),
  );
  if (hasPair) return [];
  const what =
    features === 'both'
      ? 'ids are made of texts alone'
      : 'ids are random; make them of titles, or end the first stage later';
  return [
    `Warning: ${data.domain}: no user takes two different items before the end of "${first.name}", so there is no co-occurrence: ${what}.`,
  ];
}

/** The ids of the first seed's run; null where they need a model or too long. */
export function inspectedIds(
  experiment: Experiment,
  dataset: Dataset,
  data: DomainData,
): SemanticIds | null {
  const { contexts, ids, seeds } = experiment;
  const key = JSON.stringify([data.domain, contexts.filter, contexts.stages[0], ids, seeds[0]]);
  const all = known.get(dataset) ?? new Map<string, SemanticIds | null>();
  known.set(dataset, all);
  const found = all.get(key);
  if (found !== undefined) return found;
  const built = idsOf(experiment, data);
  all.set(key, built);
  return built;
}

function idsOf({ ids, contexts, seeds }: Experiment, data: DomainData): SemanticIds | null {
  const { levels, codes, features, dimensions, text } = ids;
  const items = data.itemIds.length;
  if (features === 'base') return null;
  if (features === 'file') {
    const isSound = givenIdFaults(data, levels, codes).length === 0;
    return isSound ? givenSemanticIds(data, levels, codes) : null;
  }
  const needsTitles = features !== 'co-occurrence';
  if (items < codes || codes ** levels < items || (needsTitles && data.titles === null))
    return null;
  if (items * codes * levels * dimensions > MAX_WORK) return null;
  return buildSemanticIds(data, {
    levels,
    codesPerLevel: codes,
    features,
    dimensions,
    beforeMs: features === 'tfidf' ? -Infinity : period(contexts.stages[0]).endMs,
    seed: deriveSeed(seeds[0] ?? 0, `ids/${data.domain}`),
    ...(text === 'descriptions' && { text }),
  });
}
