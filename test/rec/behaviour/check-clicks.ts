import { expect } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import {
  behaviourTable,
  initialBehaviour,
} from '../../../src/nn/behaviour-model/behaviour-layout.ts';
import type { ClickSample, Strategy } from '../../../src/rec/behaviour/behaviour-types.ts';
import {
  pretrainBehaviour,
  type PretrainSettings,
} from '../../../src/rec/behaviour/pretrain-behaviour.ts';
import { scoreClicks } from '../../../src/rec/behaviour/score-clicks.ts';
import { strategyStart } from '../../../src/rec/behaviour/strategies.ts';
import {
  trainClicks,
  type ClickTrainHooks,
  type ClickTrainSettings,
} from '../../../src/rec/behaviour/train-clicks.ts';
import type { TrainLoopSettings } from '../../../src/rec/training/train-loop.ts';
import { expectClose } from '../../support/ops/check-op.ts';
import { CONFIG, samplesOf, sequencesOf, VOCABULARY } from './cluster-data.ts';

export const LOOP: TrainLoopSettings = {
  epochs: 3,
  learningRate: 0.01,
  warmupSteps: 4,
  finalLearningRateFraction: 0.1,
  weightDecay: 0.1,
  clipNorm: 1,
  betas: [0.9, 0.98],
  seed: 3,
};

const SEQUENCES = sequencesOf('pretrain', 80);

/** Pretrains on users of one cluster each. @returns losses of the steps too */
export async function pretrain(executor: Executor, changes: Partial<PretrainSettings> = {}) {
  const losses: number[] = [];
  const trained = await pretrainBehaviour(
    executor,
    {
      config: CONFIG,
      parameters: initialBehaviour(CONFIG, false, 1),
      sequences: SEQUENCES,
      vocabulary: VOCABULARY,
      settings: { ...LOOP, sequencesPerBatch: 8, negatives: 12, ...changes },
    },
    { onProgress: (progress) => losses.push(...progress.losses) },
  );
  return { ...trained, losses };
}

export interface ClickRun {
  readonly samples: readonly ClickSample[];
  readonly test: readonly ClickSample[];
  readonly settings?: Partial<ClickTrainSettings>;
  readonly hooks?: ClickTrainHooks;
}

/** A click model under a strategy. */
export async function train(
  executor: Executor,
  strategy: Strategy,
  pretrained: Float32Array | null,
  { samples, test, settings, hooks }: ClickRun,
) {
  const start = strategyStart(strategy, {
    config: CONFIG,
    pretrained: pretrained && {
      layout: behaviourTable(CONFIG, false).layout,
      parameters: pretrained,
    },
    seed: 2,
    sparse: 'tables',
  });
  const trained = await trainClicks(
    executor,
    {
      config: CONFIG,
      parameters: start.parameters,
      vocabulary: VOCABULARY,
      samples,
      trainProbe: samples.slice(0, 40),
      test,
      frozen: start.frozen,
      settings: { ...LOOP, samplesPerBatch: 16, ...settings },
    },
    hooks,
  );
  return { ...trained, start };
}

/** Both stages and scoring give what another executor gives. */
export async function checkLikeOther(executor: Executor, other: Executor): Promise<void> {
  const run = async (on: Executor) => {
    const { parameters: pretrained, losses } = await pretrain(on, { epochs: 1 });
    const samples = samplesOf('train', 40);
    const test = samplesOf('test', 20);
    const clicks = { samples, test, settings: { epochs: 1 } };
    const { parameters, epochs } = await train(on, 'FT&SF', pretrained, clicks);
    const setup = { config: CONFIG, vocabulary: VOCABULARY, samplesPerBatch: 16 };
    const logits = await scoreClicks(on, { ...setup, parameters, samples: test });
    return { losses, epochs, logits };
  };
  const got = await run(executor);
  const want = await run(other);
  // 10 and 5 steps of float32 in another order of its sums.
  expectClose(got.losses, want.losses, { absolute: 1e-3, relative: 1e-3 }, 'pretraining losses');
  expectClose(got.logits, want.logits, { absolute: 2e-3, relative: 2e-3 }, 'logits');
  expect(got.epochs).toHaveLength(2);
  got.epochs.forEach(({ test }, epoch) => {
    const other = want.epochs[epoch]?.test.logLoss ?? NaN;
    expect(Math.abs(test.logLoss - other)).toBeLessThan(1e-3);
  });
  expect(executor.memory().liveBytes).toBe(0);
}
