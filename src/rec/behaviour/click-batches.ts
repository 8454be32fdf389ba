import { AppError } from '../../core/errors.ts';
import type { BehaviourTables } from '../../nn/behaviour-model/behaviour-layout.ts';
import type { ClickHeadConfig } from '../../nn/behaviour-model/click-head-layout.ts';
import type { ClickBatch, ClickShape } from '../../nn/behaviour-model/click-model.ts';
import { IGNORED_TARGET } from '../rows/token-rows.ts';
import { behaviourRows, checkVocabulary, rowLength } from './behaviour-rows.ts';
import { MOMENTS, type BehaviourVocabulary, type ClickSample } from './behaviour-types.ts';
import { checkBatchSize, orderOfEpoch } from './epoch-order.ts';
import { momentAt, momentFeatures } from './moments.ts';

/** Of a model's configuration: what its batches depend on. */
export interface ClickRowsConfig
  extends Pick<BehaviourTables, 'items' | 'features'>, ClickHeadConfig {
  readonly maxPositions: number;
}

/** What turns samples into rows of a model. */
export interface ClickSetup {
  readonly config: ClickRowsConfig;
  readonly vocabulary: BehaviourVocabulary;
  /** Impressions of a batch. */
  readonly samplesPerBatch: number;
}

/** Batches of a run: pure functions of (samples, setup, seed, epoch). */
export interface ClickBatches {
  readonly perEpoch: number;
  /** Shapes of all batches of so many epochs. */
  shapes(epochs: number): ClickShape[];
  /** Each sample once, in an order of its own; batches are made as they are taken. */
  epoch(epoch: number): Iterable<ClickBatch>;
}

/** A batch to be scored, and the places of its first rows in the list of samples. */
export interface ScoringBatch {
  readonly batch: ClickBatch;
  readonly places: readonly number[];
}

/**
 * Batches whose samples are sorted by length among each other. Each sample counts 1 / B wherever it
 * stands, so this saves padding and changes no weight.
 */
const POOL = 8;

/**
 * Impressions in batches for training, shuffled by (seed, epoch): history, then the candidate. A
 * batch's rows hold its longest sample, rounded up to a multiple of 8; a short last batch is filled
 * with samples of label −100. Histories keep the newest items that the model has positions for.
 * @errors data-invalid without samples; layout-mismatch, invalid-argument
 */
export function clickBatches(
  samples: readonly ClickSample[],
  setup: ClickSetup,
  seed: number,
): ClickBatches {
  checkSetup(setup);
  checkBatchSize(setup.samplesPerBatch, samples.length, 'impressions');
  const B = Math.min(setup.samplesPerBatch, samples.length);
  const lengths = samples.map((sample) => lengthOf(sample, setup.config));
  const order = { rows: B, seed, name: 'click batches', pool: POOL };
  return {
    perEpoch: Math.ceil(samples.length / B),
    shapes: (epochs) => {
      const found = new Set<number>();
      for (let epoch = 0; epoch < epochs; epoch++) {
        for (const rows of orderOfEpoch(lengths, order, epoch)) {
          found.add(positionsOf(rows, lengths, setup.config));
        }
      }
      return [...found].sort((a, b) => b - a).map((T) => ({ B, T }));
    },
    *epoch(epoch) {
      for (const rows of orderOfEpoch(lengths, order, epoch)) {
        yield fill(samples, rows, { B, T: positionsOf(rows, lengths, setup.config) }, setup);
      }
    },
  };
}

/**
 * Impressions in batches for scoring, the longest first: neighbours are of similar length, and the
 * largest shape is compiled first.
 * @errors layout-mismatch, invalid-argument
 */
export function* scoringBatches(
  samples: readonly ClickSample[],
  setup: ClickSetup,
): Iterable<ScoringBatch> {
  const { config, samplesPerBatch: B } = setup;
  checkSetup(setup);
  if (samples.length === 0) return;
  checkBatchSize(B, samples.length, 'impressions');
  const lengths = samples.map((sample) => lengthOf(sample, config));
  const order = samples.map((_, place) => place);
  order.sort((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0));
  for (let first = 0; first < order.length; first += B) {
    const places = order.slice(first, first + B);
    const T = positionsOf(places, lengths, config);
    yield { batch: fill(samples, places, { B, T }, setup), places };
  }
}

function checkSetup({ config, vocabulary }: ClickSetup): void {
  checkVocabulary(config, vocabulary);
  const known = momentFeatures(MOMENTS);
  for (const { name, values } of config.moments ?? []) {
    if (known.some((moment) => moment.name === name && moment.values === values)) continue;
    throw new AppError(
      'layout-mismatch',
      `The model reads "${name}" of ${String(values)} values; impressions do not have that.`,
      { hint: `Features of the moment are ${MOMENTS.join(', ')}. Nothing was started.` },
    );
  }
}

/** Positions of a sample: the newest history that fits, and the candidate. */
function lengthOf({ history }: ClickSample, { maxPositions }: ClickRowsConfig): number {
  return Math.min(history.length + 1, maxPositions);
}

function positionsOf(
  rows: readonly number[],
  lengths: readonly number[],
  { maxPositions }: ClickRowsConfig,
): number {
  const longest = rows.reduce((most, row) => Math.max(most, lengths[row] ?? 0), 0);
  return rowLength(longest, maxPositions);
}

function fill(
  samples: readonly ClickSample[],
  rows: readonly number[],
  shape: ClickShape,
  { config, vocabulary }: ClickSetup,
): ClickBatch {
  const { B, T } = shape;
  const candidates = new Uint32Array(B);
  const labels = new Int32Array(B).fill(IGNORED_TARGET);
  const numeric = new Float32Array(B * config.numeric);
  const own = MOMENTS.filter((name) => config.moments?.some((moment) => moment.name === name));
  const moments = own.map((name) => ({ name, values: new Uint32Array(B) }));
  const lists = Array.from({ length: B }, (_, row): readonly number[] => {
    const sample = samples[rows[row] ?? -1];
    candidates[row] = row * T;
    // A filler is a candidate that nobody was shown.
    if (sample === undefined) return [0];
    const { history, candidate, label, numbers, timeMs } = sample;
    if (numbers.length !== config.numeric) {
      throw new AppError(
        'invalid-argument',
        `An impression has ${String(numbers.length)} numbers, the model reads ${String(config.numeric)}.`,
      );
    }
    const length = lengthOf(sample, config);
    const kept = length === 1 ? [] : history.slice(1 - length);
    candidates[row] = row * T + kept.length;
    labels[row] = label;
    numeric.set(numbers, row * config.numeric);
    for (const { name, values } of moments) values[row] = momentAt(name, timeMs);
    return [...kept, candidate];
  });
  return {
    ...shape,
    ...behaviourRows(lists, shape, vocabulary),
    candidates,
    labels,
    ...(config.numeric > 0 && { numeric }),
    ...(moments.length > 0 && {
      moments: Object.fromEntries(moments.map(({ name, values }) => [name, values])),
    }),
  };
}
