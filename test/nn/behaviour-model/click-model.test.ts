import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { CpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import {
  behaviourTable,
  sparseTensors,
  type BehaviourConfig,
} from '../../../src/nn/behaviour-model/behaviour-layout.ts';
import { CLICK_NUMERIC } from '../../../src/nn/behaviour-model/click-head-layout.ts';
import { clickModel, type ClickBatch } from '../../../src/nn/behaviour-model/click-model.ts';
import { nextItemModel } from '../../../src/nn/behaviour-model/next-item-model.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { Trainer } from '../../../src/nn/training/trainer.ts';
import { checkModelDifferences, GradientBench } from '../../support/ops/gradient-bench.ts';
import { CONFIG, ROWS, spread } from './behaviour-batches.ts';

const CLICKS: ClickBatch = {
  ...ROWS,
  candidates: Uint32Array.of(3, 6, 9),
  labels: Int32Array.of(1, 0, 1),
  numeric: Float32Array.of(0.5, -1, 2, 0.25, 0, 1),
};

/** With features of the moment at the head. */
const TIMED: BehaviourConfig = {
  ...CONFIG,
  moments: [
    { name: 'hour', values: 5 },
    { name: 'weekday', values: 3 },
  ],
};
const TIMED_CLICKS: ClickBatch = {
  ...CLICKS,
  moments: { hour: Uint32Array.of(4, 0, 4), weekday: Uint32Array.of(1, 2, 0) },
};

describe('click model', () => {
  it('has the gradient that central differences give', () =>
    checkModelDifferences(clickModel(CONFIG), spread(true), CLICKS));

  it('with features of the moment has it too', () =>
    checkModelDifferences(clickModel(TIMED), spread(true, TIMED), TIMED_CLICKS));

  it('takes features of the moment as one-hot inputs of its hidden layer', async () => {
    // The same model with numbers: one for each value of each feature.
    const oneHot: BehaviourConfig = { ...CONFIG, numeric: 2 + 5 + 3 };
    const arena = spread(true, TIMED);
    const { layout } = clickModel(TIMED);
    const other = clickModel(oneHot).layout;
    const same = new Float32Array(other.length);
    for (const { name, offset, size } of other.entries) {
      if (name === CLICK_NUMERIC) continue;
      const own = tensorOf(layout, arena, name);
      same.set(own, offset);
      expect(own.length, name).toBe(size);
    }
    const numeric = tensorOf(other, same, CLICK_NUMERIC);
    const values = (name: string) => tensorOf(layout, arena, name);
    for (let h = 0; h < 64; h++) {
      for (let i = 0; i < 3; i++) numeric[h * 12 + i] = values(CLICK_NUMERIC)[h * 4 + i] ?? NaN;
      for (let i = 0; i < 5; i++) {
        numeric[h * 12 + 3 + i] = values('click_head.hour.weight')[i * 64 + h] ?? NaN;
      }
      for (let i = 0; i < 3; i++) {
        numeric[h * 12 + 8 + i] = values('click_head.weekday.weight')[i * 64 + h] ?? NaN;
      }
    }
    const { hour = [], weekday = [] } = TIMED_CLICKS.moments ?? {};
    const numbers = new Float32Array(3 * 10);
    for (let b = 0; b < 3; b++) {
      numbers.set(CLICKS.numeric?.subarray(2 * b, 2 * b + 2) ?? [], 10 * b);
      numbers[10 * b + 2 + (hour[b] ?? NaN)] = 1;
      numbers[10 * b + 7 + (weekday[b] ?? NaN)] = 1;
    }
    const timed = new GradientBench(new CpuExecutor('f64'), clickModel(TIMED));
    const plain = new GradientBench(new CpuExecutor('f64'), clickModel(oneHot));
    const { loss } = await timed.run(arena, TIMED_CLICKS);
    const want = await plain.run(same, { ...CLICKS, numeric: numbers });
    expect(loss).toBeCloseTo(want.loss, 12);
    timed.destroy();
    plain.destroy();
  });

  describe('with bidirectional attention', () => {
    const bidirectional: BehaviourConfig = { ...CONFIG, attention: 'bidirectional' };

    it('has the gradient that central differences give', () =>
      checkModelDifferences(clickModel(bidirectional), spread(true), CLICKS));

    it('has the parameters of the causal model, so that it can start from them', () => {
      expect(behaviourTable(bidirectional, true)).toEqual(behaviourTable(CONFIG, true));
    });

    it.each([
      ['causal', CONFIG],
      ['bidirectional', bidirectional],
    ] as const)('a %s model sees what it should', async (kind, config) => {
      const arena = spread(true, config);
      const bench = new GradientBench(new CpuExecutor('f64'), clickModel(config));
      // The first candidate is followed by two more positions of its sequence.
      const batch = { ...CLICKS, candidates: Uint32Array.of(1, 6, 9) };
      const lossWith = async (row: number) => {
        const items = batch.items.map((item, i) => (i === row ? 11 : item));
        return (await bench.run(arena, { ...batch, items })).loss;
      };
      const { loss } = await bench.run(arena, batch);
      expect(await lossWith(0), 'what was before').not.toBe(loss);
      expect((await lossWith(3)) === loss, 'what comes later').toBe(kind === 'causal');
      for (const padding of [7, 10, 11]) expect(await lossWith(padding)).toBe(loss);
      bench.destroy();
    });

    it('refuses pretraining, and says why', () => {
      expect(() => nextItemModel(bidirectional)).toThrow(/bidirectional.*see its own target/);
      expect(() => nextItemModel({ ...CONFIG, attention: 'causal' })).not.toThrow();
    });
  });

  it.each([
    [{ moments: {} }, /"hour" has 0 of 3/],
    [{ moments: { ...TIMED_CLICKS.moments, hour: Uint32Array.of(0, 5, 1) } }, /"hour" 5 is beyond/],
  ])('with moments refuses %j', (changes, message) => {
    const batch = { ...TIMED_CLICKS, ...changes };
    expect(() => clickModel(TIMED).countScored(batch)).toThrow(message);
  });

  it.each([
    [{ labels: Int32Array.of(1, 0, 2) }, /Label 2 is 2, neither 0 nor 1/],
    [{ candidates: Uint32Array.of(3, 6, 3) }, /Candidate 2 is outside/],
    [{ numeric: new Float32Array(5) }, /candidate, label and numbers a row/],
  ])('refuses %j', (changes, message) => {
    expect(() => clickModel(CONFIG).countScored({ ...CLICKS, ...changes })).toThrow(message);
  });

  it.each(['items', 'tables'] as const)(
    'keeps frozen %s bit for bit while the rest learns',
    async (definition) => {
      const model = clickModel(CONFIG);
      const start = spread(true);
      const sparse = sparseTensors(CONFIG, definition);
      const adamw = { beta1: 0.9, beta2: 0.98, eps: 1e-8, weightDecay: 0.1, clipNorm: 1 };
      const rules = sparse.map((pattern) => ({ pattern, frozen: true }));
      const trainer = new Trainer(createCpuExecutor(), model, start, adamw, { rules });
      await trainer.prepare(CLICKS, 1);
      for (let i = 0; i < 20; i++) await trainer.step([CLICKS], 0.01);
      const stats = await trainer.flush();
      const { parameters } = await trainer.state();
      trainer.destroy();
      for (const { name, offset, size } of model.layout.entries) {
        const before = start.subarray(offset, offset + size);
        const after = parameters.subarray(offset, offset + size);
        if (sparse.includes(name)) expect(after, name).toEqual(before);
        else expect(after, name).not.toEqual(before);
      }
      expect(stats.at(-1)?.loss).toBeLessThan(0.3 * (stats[0]?.loss ?? NaN));
    },
  );
});
