import { AppError } from '../../core/errors.ts';
import { isWithin } from '../data/schedule.ts';
import type { DomainData, InteractionLog, Period } from '../data/types.ts';
import type {
  BehaviourData,
  BehaviourDomain,
  BehaviourOptions,
  BehaviourReport,
  BehaviourVocabulary,
  ClickSample,
} from './behaviour-types.ts';
import { numberScales, rawNumber, scaleNumbers } from './candidate-numbers.ts';
import type { NumberScale } from './candidate-numbers.ts';
import { listsOfImpressions, listsOfTimelines } from './click-lists.ts';
import type { ClickList, ClickLists } from './click-lists.ts';
import { checkWindows, clickWindows } from './click-windows.ts';
import { behaviourVocabulary, firstRow } from './vocabulary.ts';

/** One domain. */
export interface BehaviourSource {
  /** As filtered. */
  readonly data: DomainData;
  /** As imported: users and items of the rule `impressions`, which takes no other rule's filter. */
  readonly impressions?: { readonly log: InteractionLog };
}

/**
 * Samples and pretraining sequences of all domains over one vocabulary. Which samples there are
 * depends on data and options alone; candidates of one list share one history array. Samples are in
 * the order of time, then user; a list's candidates stay together. Numbers are standardised by
 * the domain's first training window.
 * @errors experiment-invalid for periods or features that do not fit, data-invalid for a window
 *   without samples or with one class only, fewer than 2 items, labels that are not 0 or 1
 */
export function buildBehaviourData(
  sources: readonly BehaviourSource[],
  options: BehaviourOptions,
): BehaviourData {
  checkWindows(options);
  const items = sources.map(({ data, impressions }) =>
    options.samples === 'impressions' && impressions !== undefined ? impressions.log : data,
  );
  const vocabulary = behaviourVocabulary(items, options.features);
  const domains = sources.map((source, index) => {
    const { domain, itemIds, userIds } = items[index] ?? source.data;
    const place = { domain, userIds, items: itemIds.length, firstRow: firstRow(items, index) };
    return domainOf(place, listsOf(source, options), vocabulary, options);
  });
  return { vocabulary, domains };
}

function listsOf({ data, impressions }: BehaviourSource, options: BehaviourOptions): ClickLists {
  if (options.samples !== 'impressions') return listsOfTimelines(data, options);
  if (impressions !== undefined) return listsOfImpressions(impressions.log, options);
  throw new AppError('data-invalid', `Domain "${data.domain}" came without its impressions.`, {
    hint: 'Only MIND with "impressions: true" has them; use samples: last or all otherwise.',
  });
}

interface DomainPlace {
  readonly domain: string;
  readonly userIds: readonly string[];
  readonly items: number;
  /** Row of the domain's first item. */
  readonly firstRow: number;
}

function domainOf(
  place: DomainPlace,
  made: ClickLists,
  vocabulary: BehaviourVocabulary,
  options: BehaviourOptions,
): BehaviourDomain {
  const { stages, test } = clickWindows(
    options,
    made.lists.map(({ timeMs }) => timeMs),
  );
  const raw = [...stages, test].map((window) => ({
    window,
    samples: rawSamples(place, made, window, options),
  }));
  const scales = numberScales(
    (raw[0]?.samples ?? []).map(({ numbers }) => numbers),
    options.numbers.length,
  );
  const scaled = raw.map(({ window, samples }) => ({
    window,
    samples: samples.map((sample) => withScaledNumbers(sample, scales)),
  }));
  const sequences = made.sequences.map((own) => own.map((item) => place.firstRow + item));
  return {
    domain: place.domain,
    userIds: place.userIds,
    sequences,
    train: new Map(scaled.slice(0, -1).map(({ window, samples }) => [window.name, samples])),
    test: scaled.at(-1)?.samples ?? [],
    report: reportOf(place, made, scaled, vocabulary, options),
  };
}

/** Samples of a window, whose numbers are not standardised yet. */
function rawSamples(
  { domain, firstRow: first }: DomainPlace,
  { lists, times }: ClickLists,
  window: Period,
  { numbers }: BehaviourOptions,
): ClickSample[] {
  const own = lists.filter(({ timeMs }) => isWithin(window, timeMs));
  own.sort((a, b) => a.timeMs - b.timeMs || a.user - b.user);
  const samples = own.flatMap((list: ClickList) => {
    const { user, timeMs, earlier, labels } = list;
    const history = list.history.map((item) => first + item);
    return list.candidates.map((item, index): ClickSample => ({
      user,
      history,
      candidate: first + item,
      label: labels[index] ?? 0,
      timeMs,
      numbers: numbers.map((name) => rawNumber(name, times, { item, timeMs, earlier })),
    }));
  });
  checkClasses(domain, window, samples);
  return samples;
}

function withScaledNumbers(sample: ClickSample, scales: readonly NumberScale[]): ClickSample {
  if (scales.length === 0) return sample;
  return { ...sample, numbers: scaleNumbers(sample.numbers, scales) };
}

function checkClasses(domain: string, window: Period, samples: readonly ClickSample[]): void {
  const positives = samples.filter(({ label }) => label === 1).length;
  if (positives > 0 && positives < samples.length) return;
  const day = (timeMs: number) => new Date(timeMs).toISOString().slice(0, 10);
  const place = `"${window.name}" (${day(window.startMs)} to ${day(window.endMs)})`;
  const what =
    samples.length === 0
      ? 'no samples'
      : `${String(samples.length)} samples, all of them ${positives > 0 ? 'clicked' : 'not clicked'},`;
  throw new AppError('data-invalid', `Domain "${domain}" has ${what} in ${place}.`, {
    hint: 'Both classes are needed to train and to measure. Choose other dates or another trainShare, fewer minInteractions, or leave the domain out.',
    details: { domain, window: window.name, samples: samples.length, positives },
  });
}

function reportOf(
  { domain, items, firstRow: first }: DomainPlace,
  { users, shortUsers, sequences }: ClickLists,
  windows: readonly { readonly window: Period; readonly samples: readonly ClickSample[] }[],
  vocabulary: BehaviourVocabulary,
  { samples: rule, negatives }: BehaviourOptions,
): BehaviourReport {
  const seen = new Set(sequences.flat());
  return {
    domain,
    users,
    items,
    shortUsers,
    sequences: sequences.length,
    pretrainTargets: sequences.reduce((sum, own) => sum + own.length - 1, 0),
    windows: windows.map(({ window: { name, startMs, endMs }, samples }) => ({
      name,
      startMs,
      endMs,
      samples: samples.length,
      positives: samples.filter(({ label }) => label === 1).length,
      users: new Set(samples.map(({ user }) => user)).size,
      unseenCandidates: samples.filter(({ candidate }) => !seen.has(candidate - first)).length,
    })),
    features: vocabulary.features.map(({ name, ofItem }) => {
      const own = ofItem.subarray(first, first + items);
      const unknownItems = own.filter((row) => row === 0).length;
      return { name, values: new Set(own).size - (unknownItems > 0 ? 1 : 0), unknownItems };
    }),
    negatives:
      rule === 'impressions'
        ? 'Negatives are candidates that were shown and not clicked.'
        : `Negatives are drawn: ${String(negatives)} for each positive, uniformly among the other ` +
          `${String(items - 1)} items of the domain. Nobody was shown them.`,
  };
}
