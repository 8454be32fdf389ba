import { describe, expect, it } from 'vitest';
import { clickModel, type ClickBatch } from '../../../src/nn/behaviour-model/click-model.ts';
import { MOMENTS, type ClickSample } from '../../../src/rec/behaviour/behaviour-types.ts';
import { clickBatches, scoringBatches } from '../../../src/rec/behaviour/click-batches.ts';
import { momentFeatures } from '../../../src/rec/behaviour/moments.ts';
import { CONFIG, samplesOf, VOCABULARY } from './cluster-data.ts';

const SETUP = { config: CONFIG, vocabulary: VOCABULARY, samplesPerBatch: 4 };
const SAMPLE: ClickSample = {
  user: 0,
  history: [1, 7],
  candidate: 13,
  label: 1,
  timeMs: 0,
  numbers: [0.5],
};

/** What each real row of a batch says; numbers keep their float32 value. */
function rowsOf({ B, T, items, candidates, labels, numeric, segments }: ClickBatch): string[] {
  const rows: string[] = [];
  for (let row = 0; row < B; row++) {
    expect(Array.from(segments.slice(2 * row, 2 * row + 2))).toEqual([
      row * T,
      (candidates[row] ?? NaN) + 1,
    ]);
    if (labels[row] === -100) continue;
    const list = Array.from(items.subarray(row * T, (candidates[row] ?? 0) + 1));
    rows.push(`${list.join()} ${String(labels[row])} ${String(numeric?.[row])}`);
  }
  return rows;
}

const expected = ({ history, candidate, label, numbers }: ClickSample) =>
  `${[...history, candidate].join()} ${String(label)} ${String(Math.fround(numbers[0] ?? NaN))}`;

describe('batches of impressions', () => {
  it('end with the candidate', () => {
    const [batch] = clickBatches([SAMPLE], SETUP, 1).epoch(0);
    expect(batch).toEqual({
      B: 1,
      T: 8,
      items: Uint32Array.of(1, 7, 13, 0, 0, 0, 0, 0),
      features: { category: Uint32Array.of(1, 2, 3, 0, 0, 0, 0, 0) },
      segments: Uint32Array.of(0, 3),
      candidates: Uint32Array.of(2),
      labels: Int32Array.of(1),
      numeric: Float32Array.of(0.5),
    });
  });

  it('keep the newest history that the model has positions for', () => {
    const config = { ...CONFIG, maxPositions: 3 };
    const long = { ...SAMPLE, history: [1, 2, 3, 4] };
    const [batch] = clickBatches([long], { ...SETUP, config }, 1).epoch(0);
    expect(batch?.T).toBe(3);
    expect(Array.from(batch?.items ?? [])).toEqual([3, 4, 13]);
  });

  it('take a candidate without a history', () => {
    const config = { ...CONFIG, maxPositions: 1 };
    for (const setup of [SETUP, { ...SETUP, config }]) {
      const [batch] = clickBatches([{ ...SAMPLE, history: [] }], setup, 1).epoch(0);
      expect(Array.from(batch?.candidates ?? [])).toEqual([0]);
      expect(batch?.items[0]).toBe(13);
    }
    const [cut] = clickBatches([SAMPLE], { ...SETUP, config }, 1).epoch(0);
    expect(Array.from(cut?.items ?? [])).toEqual([13]);
  });

  it('bring hour and weekday in UTC, 0 for fillers', () => {
    const config = { ...CONFIG, moments: momentFeatures(MOMENTS) };
    const samples = ['1970-01-01T00:59:59Z', '2024-02-29T23:00:00Z', '2024-03-03T12:30:00Z'];
    const batches = scoringBatches(
      samples.map((time) => ({ ...SAMPLE, timeMs: Date.parse(time) })),
      { ...SETUP, config },
    );
    const [first] = batches;
    // A Thursday, a Thursday and a Sunday.
    expect(first?.batch.moments).toEqual({
      hour: Uint32Array.of(1, 24, 13, 0),
      weekday: Uint32Array.of(5, 5, 1, 0),
    });
    if (first !== undefined) expect(clickModel(config).countScored(first.batch)).toBe(3);
    const [hours] = clickBatches(
      [SAMPLE],
      { ...SETUP, config: { ...CONFIG, moments: momentFeatures(['hour']) } },
      1,
    ).epoch(0);
    expect(hours?.moments).toEqual({ hour: Uint32Array.of(1) });
  });

  it('hold every sample once an epoch, filled up with samples that do not count', () => {
    const samples = samplesOf('batches', 45).slice(0, 89);
    const all = clickBatches(samples, SETUP, 1);
    expect(all.perEpoch).toBe(23);
    const wanted = samples.map(expected).sort();
    const orders = [0, 1].map((epoch) => {
      const batches = [...all.epoch(epoch)];
      expect(batches.map(({ B }) => B)).toEqual(new Array(23).fill(4));
      const scored = batches.map((batch) => clickModel(CONFIG).countScored(batch));
      expect(scored.filter((count) => count !== 4)).toEqual([1]);
      const rows = batches.flatMap(rowsOf);
      expect([...rows].sort()).toEqual(wanted);
      return rows;
    });
    expect(orders[0]).not.toEqual(orders[1]);
    expect([...clickBatches(samples, SETUP, 1).epoch(0)].flatMap(rowsOf)).toEqual(orders[0]);
    expect([...clickBatches(samples, SETUP, 2).epoch(0)].flatMap(rowsOf)).not.toEqual(orders[0]);
    const shapes = all.shapes(2);
    expect(shapes).toEqual([
      { B: 4, T: 16 },
      { B: 4, T: 8 },
    ]);
    for (const { B, T } of [...all.epoch(0), ...all.epoch(1)]) {
      expect(shapes).toContainEqual({ B, T });
    }
  });

  it('are scored from the longest to the shortest, each sample at its place', () => {
    const samples = samplesOf('scoring', 9);
    const found = new Array<string>(samples.length);
    const lengths: number[] = [];
    for (const { batch, places } of scoringBatches(samples, SETUP)) {
      lengths.push(batch.T);
      rowsOf(batch).forEach((row, index) => {
        found[places[index] ?? -1] = row;
      });
    }
    expect(found).toEqual(samples.map(expected));
    expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
    expect([...scoringBatches([], SETUP)]).toEqual([]);
  });

  it.each([
    [{ config: { ...CONFIG, items: 24 } }, 'layout-mismatch', /24 items.*25 items/],
    [{ config: { ...CONFIG, features: [] } }, 'layout-mismatch', /category of 5/],
    [
      { config: { ...CONFIG, moments: [{ name: 'season', values: 5 }] } },
      'layout-mismatch',
      /"season" of 5 values/,
    ],
    [{ config: { ...CONFIG, numeric: 2 } }, 'invalid-argument', /1 numbers, the model reads 2/],
    [{ samplesPerBatch: 0 }, 'invalid-argument', /No batch has 0/],
  ])('refuse %j', (changes, code, message) => {
    const setup = { ...SETUP, ...changes };
    const error = expect.objectContaining({
      code,
      message: expect.stringMatching(message) as unknown,
    }) as unknown;
    expect(() => [...clickBatches([SAMPLE], setup, 1).epoch(0)]).toThrow(error);
    expect(() => [...scoringBatches([SAMPLE], setup)]).toThrow(error);
  });

  it('refuse to train on nothing', () => {
    expect(() => clickBatches([], SETUP, 1)).toThrow(
      expect.objectContaining({ code: 'data-invalid' }),
    );
  });
});
