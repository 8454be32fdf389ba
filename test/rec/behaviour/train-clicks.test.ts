import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { behaviourTable, sparseTensors } from '../../../src/nn/behaviour-model/behaviour-layout.ts';
import { clickModel } from '../../../src/nn/behaviour-model/click-model.ts';
import { dinTable } from '../../../src/nn/din-model/din-layout.ts';
import { dinModel } from '../../../src/nn/din-model/din-model.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import type { EpochMetrics } from '../../../src/rec/behaviour/behaviour-types.ts';
import { clickBatches } from '../../../src/rec/behaviour/click-batches.ts';
import { clickMetrics } from '../../../src/rec/behaviour/click-metrics.ts';
import { scoreClicks } from '../../../src/rec/behaviour/score-clicks.ts';
import { runTraining } from '../../../src/rec/training/train-loop.ts';
import { dinStart } from '../../../src/rec/behaviour/strategies.ts';
import { trainClicks } from '../../../src/rec/behaviour/train-clicks.ts';
import { LOOP, pretrain, train } from './check-clicks.ts';
import { CONFIG, samplesOf, VOCABULARY } from './cluster-data.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const SETUP = { config: CONFIG, vocabulary: VOCABULARY, samplesPerBatch: 7 };
const RUN = { samples: samplesOf('train', 40), test: samplesOf('test', 20) };

let executor: Executor;
beforeAll(async () => {
  executor = await openWasm();
});
afterAll(() => {
  executor.destroy();
});

describe('training of click models', () => {
  it('measures before the first step and after every epoch, and keeps the last parameters', async () => {
    const seen: EpochMetrics[] = [];
    const onEpochMetrics = (metrics: EpochMetrics) => seen.push(metrics);
    const run = { ...RUN, hooks: { onEpochMetrics } };
    const { parameters, epochs, steps, start } = await train(executor, 'NT', null, run);
    expect(executor.memory().liveBytes).toBe(0);
    expect(steps).toBe(15);
    expect(seen).toEqual(epochs);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3]);
    for (const [place, arena] of [
      [0, start.parameters],
      [3, parameters],
    ] as const) {
      for (const [side, samples] of [
        ['train', RUN.samples.slice(0, 40)],
        ['test', RUN.test],
      ] as const) {
        const logits = await scoreClicks(executor, { ...SETUP, parameters: arena, samples });
        const expected = clickMetrics(samples, logits);
        expect(epochs[place]?.[side].auc).toBeCloseTo(expected.auc ?? NaN, 2);
        expect(epochs[place]?.[side].logLoss).toBeCloseTo(expected.logLoss, 5);
        expect(epochs[place]?.[side].impressions).toBe(40);
      }
    }
    expect(epochs[3]?.train.logLoss).not.toBe(epochs[0]?.train.logLoss);
  });

  it('changes no bit by being watched, and gives the same bits again', async () => {
    const first = await train(executor, 'NT', null, RUN);
    const again = await train(executor, 'NT', null, { ...RUN, test: RUN.test.slice(9) });
    expect(again.parameters).toEqual(first.parameters);
    const settings = { ...LOOP, samplesPerBatch: 16 };
    const batches = clickBatches(RUN.samples, { ...SETUP, samplesPerBatch: 16 }, LOOP.seed);
    const unwatched = await runTraining(executor, {
      model: clickModel(CONFIG),
      parameters: first.start.parameters,
      settings,
      shapes: batches.shapes(LOOP.epochs),
      batchesPerEpoch: batches.perEpoch,
      epochBatches: (epoch) => batches.epoch(epoch),
      split: (batch) => [batch],
    });
    expect(unwatched.parameters).toEqual(first.parameters);
    const other = { ...RUN, settings: { seed: 4 } };
    expect((await train(executor, 'NT', null, other)).parameters).not.toEqual(first.parameters);
    const betas = { ...RUN, settings: { betas: [0.9, 0.999] as const } };
    expect((await train(executor, 'NT', null, betas)).parameters).not.toEqual(first.parameters);
  });

  it('is measured inside the first epoch, too, and changes no bit by that', async () => {
    const plain = await train(executor, 'NT', null, RUN);
    const watched = { ...RUN, settings: { firstEpochParts: 2 } };
    const { parameters, epochs } = await train(executor, 'NT', null, watched);
    expect(parameters).toEqual(plain.parameters);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 0.5, 1, 2, 3]);
    expect(epochs.filter(({ epoch }) => epoch !== 0.5)).toEqual(plain.epochs);
    const [before, half, after] = epochs.map(({ train: { logLoss } }) => logLoss);
    expect(half).not.toBe(before);
    expect(half).not.toBe(after);
    // More parts than batches: one measurement a batch.
    const fine = { ...RUN, settings: { firstEpochParts: 50, epochs: 1 } };
    const { epochs: each } = await train(executor, 'NT', null, fine);
    expect(each).toHaveLength(1 + 5);
  });

  it.each(['FT&SF', 'ST&SF'] as const)('leaves frozen tables as they are: %s', async (strategy) => {
    const { parameters: pretrained } = await pretrain(executor, { epochs: 1 });
    const { parameters, start } = await train(executor, strategy, pretrained, RUN);
    const sparse = sparseTensors(CONFIG, 'tables');
    expect(start.frozen).toEqual(sparse);
    const before = new Map(
      behaviourTable(CONFIG, false).layout.entries.map(({ name, offset, size }) => [
        name,
        pretrained.slice(offset, offset + size),
      ]),
    );
    for (const { name, offset, size } of behaviourTable(CONFIG, true).layout.entries) {
      const after = parameters.slice(offset, offset + size);
      if (sparse.includes(name)) expect(after, name).toEqual(before.get(name));
      else expect(after, name).not.toEqual(start.parameters.slice(offset, offset + size));
    }
  });

  it('stops on request and frees everything', async () => {
    const stop = new AbortController();
    const onEpochMetrics = ({ epoch }: EpochMetrics) => {
      if (epoch === 1) stop.abort();
    };
    const run = { ...RUN, hooks: { signal: stop.signal, onEpochMetrics } };
    await expect(train(executor, 'NT', null, run)).rejects.toMatchObject({ code: 'aborted' });
    expect(executor.memory().liveBytes).toBe(0);
  });

  it.each([
    [{ samples: [] }, 'data-invalid'],
    [{ test: [] }, 'invalid-argument'],
    [{ test: RUN.test.map((sample) => ({ ...sample, label: 2 as never })) }, 'invalid-argument'],
  ])('refuses %#', async (changes, code) => {
    await expect(train(executor, 'NT', null, { ...RUN, ...changes })).rejects.toMatchObject({
      code,
    });
    expect(executor.memory().liveBytes).toBe(0);
  });
});

describe('what both stages learn', () => {
  const samples = samplesOf('learn', 100);
  const test = samplesOf('held-out users', 200);
  const settings = { epochs: 4 };

  it('pretraining finds the clusters, and FT&SF uses them on users that it has not seen', async () => {
    const { parameters: pretrained, losses } = await pretrain(executor, {
      epochs: 12,
      negatives: 0,
    });
    // Uniform guesses of item and category; knowing the cluster leaves log 6 of them.
    const uniform = Math.log(25) + Math.log(5);
    expect(losses[0]).toBeGreaterThan(0.9 * uniform);
    expect(losses.at(-1)).toBeLessThan(0.6 * uniform);
    const run = { samples, test, settings };
    const { epochs } = await train(executor, 'FT&SF', pretrained, run);
    expect(epochs.at(-1)?.test.auc).toBeGreaterThan(0.85);
  });

  it('the pretrained tables serve a deep interest network too', async () => {
    const { parameters } = await pretrain(executor, { epochs: 12, negatives: 0 });
    const pretrained = { layout: behaviourTable(CONFIG, false).layout, parameters };
    const { items, features, numeric, width } = CONFIG;
    const din = { items, features, numeric, width, activationWidth: 12, headWidth: 16 };
    const start = dinStart('ST&SF', { config: din, pretrained, seed: 2, sparse: 'tables' });
    const own = samplesOf('learn', 100);
    const setup = {
      config: { ...din, maxPositions: 16 },
      model: dinModel(din),
      vocabulary: VOCABULARY,
    };
    const trained = await trainClicks(executor, {
      ...setup,
      parameters: start.parameters,
      samples: own,
      trainProbe: own,
      test,
      frozen: start.frozen,
      settings: { ...LOOP, epochs: 8, samplesPerBatch: 16 },
    });
    expect(trained.epochs.at(-1)?.test.auc).toBeGreaterThan(0.85);
    const scored = { ...setup, samplesPerBatch: 30, parameters: trained.parameters, samples: test };
    const metrics = clickMetrics(test, await scoreClicks(executor, scored));
    expect(metrics.logLoss).toBeCloseTo(trained.epochs.at(-1)?.test.logLoss ?? NaN, 5);
    const { layout } = dinTable(din);
    for (const name of sparseTensors(CONFIG, 'tables')) {
      expect(tensorOf(layout, trained.parameters, name)).toEqual(
        tensorOf(pretrained.layout, parameters, name),
      );
    }
  });

  it('samples of negatives do so as well', async () => {
    const { losses } = await pretrain(executor, { epochs: 6 });
    expect(losses.at(-1)).toBeLessThan(0.75 * (Math.log(13) + Math.log(5)));
  });

  it('NT finds nothing where there is nothing', async () => {
    const none = {
      samples: samplesOf('learn', 100, false),
      test: samplesOf('held-out users', 200, false),
      settings,
    };
    const { epochs } = await train(executor, 'NT', null, none);
    // Standard deviation of AUC over 200 pairs of draws: 0.029.
    expect(Math.abs((epochs.at(-1)?.test.auc ?? NaN) - 0.5)).toBeLessThan(0.1);
  });
});
