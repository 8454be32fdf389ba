import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import { initialBehaviour } from '../../../src/nn/behaviour-model/behaviour-layout.ts';
import { clickModel } from '../../../src/nn/behaviour-model/click-model.ts';
import { clickBatches } from '../../../src/rec/behaviour/click-batches.ts';
import { clickMetrics } from '../../../src/rec/behaviour/click-metrics.ts';
import { ClickScorer, scoreClicks } from '../../../src/rec/behaviour/score-clicks.ts';
import { GradientBench } from '../../support/ops/gradient-bench.ts';
import { CONFIG, samplesOf, VOCABULARY } from './cluster-data.ts';

const SETUP = { config: CONFIG, vocabulary: VOCABULARY, samplesPerBatch: 5 };
const SAMPLES = samplesOf('score', 13);
/** Of larger spread than at the start, so that logits differ. */
const parametersOf = (seed: number) => initialBehaviour(CONFIG, true, seed).map((x) => 8 * x);

describe('scoring impressions', () => {
  it('has the mean loss that training sees', async () => {
    const parameters = parametersOf(1);
    const logits = await scoreClicks(createCpuExecutor(), {
      ...SETUP,
      parameters,
      samples: SAMPLES,
    });
    const [batch] = clickBatches(SAMPLES, { ...SETUP, samplesPerBatch: 26 }, 1).epoch(0);
    if (batch === undefined) throw new Error('no batch');
    const bench = new GradientBench(createCpuExecutor(), clickModel(CONFIG));
    const { loss } = await bench.run(parameters, batch);
    bench.destroy();
    expect(Math.abs(clickMetrics(SAMPLES, logits).logLoss - loss)).toBeLessThan(1e-5);
    expect(new Set(logits.map((z) => Math.round(z * 1e3))).size).toBeGreaterThan(10);
  });

  it('gives a sample its logit whatever else is in the batch', async () => {
    const parameters = parametersOf(2);
    const whole = await scoreClicks(createCpuExecutor(), {
      ...SETUP,
      parameters,
      samples: SAMPLES,
    });
    const reversed = await scoreClicks(createCpuExecutor(), {
      ...SETUP,
      samplesPerBatch: 3,
      parameters,
      samples: SAMPLES.toReversed(),
    });
    reversed.reverse().forEach((z, i) => {
      const other = whole[i] ?? NaN;
      expect(Math.abs(z - other)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(other)));
    });
  });

  it('compiles once a shape and takes new weights', async () => {
    const { executor, prepared } = counting();
    const scorer = new ClickScorer(executor, SETUP);
    scorer.weights.write(parametersOf(1));
    const first = await scorer.score(SAMPLES);
    const compiled = prepared();
    expect(compiled).toBeGreaterThan(0);
    scorer.weights.write(parametersOf(2));
    expect(await scorer.score(SAMPLES)).not.toEqual(first);
    scorer.weights.write(parametersOf(1));
    const memory = executor.memory();
    expect(await scorer.score(SAMPLES)).toEqual(first);
    expect(executor.memory()).toEqual(memory);
    expect(prepared()).toBe(compiled);
    scorer.destroy();
    expect(executor.memory().liveBytes).toBe(0);
  });

  it('stops on request, refuses what does not fit and frees everything', async () => {
    const executor = createCpuExecutor();
    const input = { ...SETUP, parameters: parametersOf(1), samples: SAMPLES };
    const stop = new AbortController();
    let reports = 0;
    const onProgress = () => {
      reports += 1;
      stop.abort();
    };
    await expect(
      scoreClicks(executor, input, { signal: stop.signal, onProgress }),
    ).rejects.toMatchObject({ code: 'aborted' });
    expect(reports).toBeGreaterThan(0);
    expect(executor.memory().liveBytes).toBe(0);
    const parameters = parametersOf(1).subarray(64);
    await expect(scoreClicks(executor, { ...input, parameters })).rejects.toMatchObject({
      code: 'layout-mismatch',
    });
    const samples = SAMPLES.map((sample) => ({ ...sample, candidate: 25 }));
    await expect(scoreClicks(executor, { ...input, samples })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    expect(executor.memory().liveBytes).toBe(0);
    expect(await scoreClicks(executor, { ...input, samples: [] })).toHaveLength(0);
  });
});

/** An executor that counts the programs it has prepared. */
function counting(): { executor: Executor; prepared: () => number } {
  const executor = createCpuExecutor();
  const prepare = executor.prepare.bind(executor);
  let count = 0;
  executor.prepare = (label, steps) => {
    count += 1;
    return prepare(label, steps);
  };
  return { executor, prepared: () => count };
}
