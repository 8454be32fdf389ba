import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { viewOf } from '../../../src/compute/executor.ts';
import { Graph } from '../../../src/nn/graph/graph.ts';
import { compilePlan, Workspace } from '../../../src/nn/graph/plan.ts';
import { drawOf } from '../../../src/nn/ops/dropout-mask.ts';
import { dropout } from '../../../src/nn/ops/dropout.ts';
import { DIN_CONFIG } from '../../support/models/din.ts';
import { checkDropout, newDropTrainer, RATES } from '../../support/models/dropout-training.ts';
import { withWasm } from '../../support/machine/wasm.ts';
import { BATCH, CONFIG, spreadArena, TREE } from '../../support/models/compact-ids.ts';
import { stepBatch, TINY } from '../../support/models/training.ts';
import { checkModelDifferences } from '../../support/ops/gradient-bench.ts';
import { compactIdModel } from '../../../src/nn/compact-id-model/compact-id-model.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { languageModel } from '../../../src/nn/transformer/language-model.ts';
import { dinModel } from '../../../src/nn/din-model/din-model.ts';
import { Trainer } from '../../../src/nn/training/trainer.ts';

const ROWS = 256;
const WIDTH = 64;

/** The mask's factors, from a row of ones. */
async function factors(seed: number, step: number, firstRow: number, site = 0) {
  const executor = createCpuExecutor();
  const draw = executor.allocate('draw', 'u32', 4);
  executor.write(draw, drawOf(seed, step, firstRow));
  const graph = new Graph();
  const x = graph.keep(graph.value('x', ROWS * WIDTH));
  const place = { draw: viewOf(draw), site, rate: 0.25 };
  const out = graph.keep(dropout(graph, x, place, WIDTH));
  const plan = await compilePlan('mask', graph, executor, new Workspace(executor));
  const { buffer, offset } = plan.viewOf(x);
  executor.write(buffer, new Float32Array(ROWS * WIDTH).fill(1), offset);
  executor.run(plan.program);
  return executor.readFloats(plan.viewOf(out));
}

describe('masks of dropout', () => {
  it('drop the share that the rate says, and keep the mean', async () => {
    const drawn = await factors(1, 0, 0);
    const dropped = drawn.filter((factor) => factor === 0).length / drawn.length;
    // Four standard errors of a share of 16384 elements.
    expect(Math.abs(dropped - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / drawn.length));
    expect(new Set(drawn)).toEqual(new Set([0, Math.fround(4 / 3)]));
  });

  it('are those of seed, step, site and element, and of nothing else', async () => {
    const drawn = await factors(1, 0, 0);
    expect(await factors(1, 0, 0)).toEqual(drawn);
    const agrees = (other: Float32Array) =>
      other.filter((factor, i) => factor === drawn[i]).length / drawn.length;
    // Independent masks of this rate agree in 0.75² + 0.25² of their elements.
    for (const other of [
      await factors(2, 0, 0),
      await factors(1, 1, 0),
      await factors(1, 0, 0, 1),
    ]) {
      expect(Math.abs(agrees(other) - 0.625)).toBeLessThan(0.02);
    }
    const later = await factors(1, 0, 100);
    expect(later.subarray(0, 156 * WIDTH)).toEqual(drawn.subarray(100 * WIDTH));
  });
});

describe('gradients through the same masks', () => {
  const rates = { embedding: 0.2, attention: 0.3, residual: 0.25 };

  it('of compact semantic ids are those of differences', () =>
    checkModelDifferences(compactIdModel(CONFIG, TREE), spreadArena(CONFIG), BATCH, rates));

  it('of a language model are those of differences', () => {
    // Weights this large have gradients that differences can see.
    const arena = initialParameters(TINY, 7).map((value) => (value === 1 ? 1 : 10 * value));
    return checkModelDifferences(languageModel(TINY), arena, stepBatch(0), rates);
  });
});

describe('training with dropout', () => {
  it('on the CPU executor', () => checkDropout(createCpuExecutor()));
  it('in WebAssembly', () => withWasm({ threads: 2 }, checkDropout));

  it('refuses rates that leave nothing, and models that have no dropout', () => {
    for (const rate of [1, 1.5, -0.1, NaN]) {
      expect(() => newDropTrainer(createCpuExecutor(), { ...RATES, attention: rate })).toThrow(
        /dropout of .* is not in \[0, 1\)/,
      );
    }
    const model = dinModel(DIN_CONFIG);
    const options = { dropout: { ...RATES, seed: 1 } };
    const settings = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0, clipNorm: 0 };
    const start = new Float32Array(model.layout.length);
    const executor = createCpuExecutor();
    expect(() => new Trainer(executor, model, start, settings, options)).toThrow(/has no dropout/);
    expect(executor.memory().liveBytes).toBe(0);
  });
});
