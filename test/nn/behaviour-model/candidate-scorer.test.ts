import { describe, expect, it } from 'vitest';
import { CpuExecutor, createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import {
  CandidateScorer,
  type ScorerSizes,
} from '../../../src/nn/behaviour-model/candidate-scorer.ts';
import { withWasm } from '../../support/machine/wasm.ts';
import {
  checkScorer,
  SCORER_CONFIG,
  SCORER_SIZES,
  scorerArena,
  scorerRequest,
} from '../../support/models/candidate-scorer.ts';

describe('candidates against cached histories', () => {
  it('equal what encoding all again gives, in float32', () => checkScorer(createCpuExecutor()));

  it('equal it in float64', () => checkScorer(new CpuExecutor('f64')));

  it.each([1, 2])('equal it in WebAssembly, %d threads', (threads) =>
    withWasm({ threads }, checkScorer),
  );

  it.each([
    [{ attention: 'bidirectional' as const }, {}, /depend on their candidate/],
    [{}, { length: 16 }, /16 items leave no position/],
    [{}, { candidates: 0 }, /at least 1/],
  ])('refuses %j, %j', async (changes, sizes: Partial<ScorerSizes>, message) => {
    const config = { ...SCORER_CONFIG, ...changes };
    const taken = { ...SCORER_SIZES, ...sizes };
    const executor = createCpuExecutor();
    const made = CandidateScorer.create(executor, config, scorerArena(), taken);
    await expect(made).rejects.toThrow(message);
    expect(executor.memory().liveBytes).toBe(0);
  });

  it('refuses weights of another model and leaves nothing behind', async () => {
    const executor = createCpuExecutor();
    const made = CandidateScorer.create(
      executor,
      SCORER_CONFIG,
      new Float32Array(64),
      SCORER_SIZES,
    );
    await expect(made).rejects.toThrow(/do not fit/);
    expect(executor.memory().liveBytes).toBe(0);
  });

  it('refuses requests that do not fit, and candidates before histories', async () => {
    const scorer = await CandidateScorer.create(
      createCpuExecutor(),
      SCORER_CONFIG,
      scorerArena(),
      SCORER_SIZES,
    );
    const { histories, candidates } = scorerRequest(1);
    await expect(scorer.score(candidates)).rejects.toThrow(/No histories/);
    const long = Uint32Array.of(13, 0, 0, 0);
    expect(() => {
      scorer.prefill({ ...histories, lengths: long });
    }).toThrow(/at most 12 items/);
    await expect(scorer.score(candidates)).rejects.toThrow(/No histories/);
    scorer.prefill(histories);
    const unknown = candidates.items.map(() => 50);
    await expect(scorer.score({ ...candidates, items: unknown })).rejects.toThrow(/"items" 50/);
    await expect(scorer.score({ ...candidates, moments: {} })).rejects.toThrow(/"hour" has 0/);
    scorer.destroy();
  });
});
