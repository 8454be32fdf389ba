import { expect, it } from 'vitest';
import { trainingNotes } from '../../../src/lab/work/training-notes.ts';

const RUN = { name: 'Games/p1', steps: 40 };
const settings = { optimizer: { validation: { by: 'users', share: 0.1, patience: 2 } } };
const choice = {
  ...{ epoch: 2, trained: 4, planned: 8, averaged: 1 },
  ...{ values: [3, 2.5, 2.25, 2.3, 2.4], improves: true },
};

it('tell which epoch is kept of how many, and by what', () => {
  expect(trainingNotes({ ...RUN, settings, choice })).toEqual([
    'Games/p1: epoch 2 of 8, stopped after 4 is kept, the best on held-out users (loss 2.2500; 3.0000 at the start, 2.4000 after the last).',
  ]);
  const averaged = { ...choice, averaged: 2, trained: 8 };
  expect(trainingNotes({ ...RUN, settings, choice: averaged })[0]).toContain(
    'epoch 2 of 8, the mean of 2 epochs, is kept',
  );
});

it('say once of trainings of one length what of their warm-up does not fit', () => {
  const warmup = { asked: 500, used: 66, total: 264 };
  const [cut] = trainingNotes({ ...RUN, settings: {}, warmup });
  expect(cut).toMatch(/^The warm-up of 500 steps is cut to 66, a quarter of the 264 steps/);
  expect(trainingNotes({ ...RUN, name: 'other', settings: {}, warmup })).toEqual([cut]);
});

it('warn where no epoch is better than the start, and where nobody was held out', () => {
  const worse = { ...choice, values: [1, 2, 1.5, 2, 2], improves: false };
  expect(trainingNotes({ ...RUN, settings, choice: worse })).toEqual([
    expect.stringMatching(/^Warning: Games\/p1: no epoch is better than the start .* epoch 2 of 8/),
  ]);
  expect(trainingNotes({ ...RUN, settings })).toEqual([
    'Warning: Games/p1: there is nobody among held-out users, so the last epoch is kept unseen.',
  ]);
});

/** 40 steps of 4 epochs, each with a share of close negatives. */
const curveOf = (...epochs: readonly number[]) => ({
  ...{ steps: [], losses: [], gradNorms: [] },
  closeShares: epochs.flatMap((share) => Array.from({ length: 10 }, () => share)),
});
const closeRun = (mask: object, ...epochs: number[]) => {
  const optimizer = { epochs: epochs.length };
  const own = { optimizer, paradigm: { falseNegative: 0.99, ...mask } };
  return trainingNotes({ ...RUN, settings: own, curve: curveOf(...epochs) });
};

it('warn of trainings whose negatives are masked, with what to do', () => {
  const [dead, ...others] = closeRun({}, 1, 1, 1, 1);
  expect(others).toEqual([]);
  expect(dead).toMatch(
    /^Warning: Games\/p1: more than half .* cosine of 0\.99 and masked \(100\.0 % in the first epoch, 100\.0 % in the last\): next to nothing was learned .* embedding\.mask to auto/,
  );
  expect(closeRun({}, 0.6, 0.2, 0.1, 0)[0]).toMatch(/60\.0 % .* 0\.0 % .*: less was learned there/);
  expect(closeRun({}, 0.5, 0.5, 0.5, 0.5)).toEqual([]);
});

it('tell where a mask by item was used, and where vectors stay parallel', () => {
  expect(closeRun({ mask: 'auto' }, 0.9, 0.6, 0.3, 0.1)).toEqual([
    'Games/p1: in 20 of 40 steps more than half of the negatives are closer to their target than a cosine of 0.99 (90.0 % in the first epoch, 10.0 % in the last); in these steps the mask is by item.',
  ]);
  expect(closeRun({ mask: 'auto' }, 0.2, 0.1)).toEqual([]);
  expect(closeRun({ mask: 'item' }, 0.9, 0.1)).toEqual([]);
  expect(closeRun({ mask: 'item' }, 0.9, 0.9)).toEqual([
    expect.stringMatching(/^Warning: Games\/p1: at the end most negatives are still/),
  ]);
});

it('say nothing of runs that decided nothing', () => {
  expect(trainingNotes({ ...RUN, settings: {} })).toEqual([]);
  // Nothing was trained: an import taken as it is.
  expect(trainingNotes({ ...RUN, settings, steps: 0 })).toEqual([]);
});
