import { describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import type { StepStats } from '../../../src/nn/training/stats-ring.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import {
  newTrainer,
  TINY,
  trainSteps,
  type LanguageTrainer,
} from '../../support/models/training.ts';

/** The short forms of the determinism contract's D1, D2 and D6; `test/README.md` says where the others are. */
const STEPS = 60;

/** Loss stream, weights and moments of a run, in one hash. */
async function hashOf(trainer: LanguageTrainer, stats: readonly StepStats[]): Promise<string> {
  const { parameters, m, v, stepCount } = await trainer.state();
  const stream = Float64Array.from(
    stats.flatMap(({ stepIndex, loss, gradNorm }) => [stepIndex, loss, gradNorm]),
  );
  const parts = [stream, parameters, m, v].map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  );
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return `${String(stepCount)} ${await sha256Hex(all)}`;
}

async function run(executor: Executor, seed: number, steps = STEPS): Promise<string> {
  const trainer = newTrainer(executor, initialParameters(TINY, seed));
  const stats = await trainSteps(trainer, steps);
  const hash = await hashOf(trainer, stats);
  trainer.destroy();
  return hash;
}

describe('the same training', () => {
  it('D1: has one hash, run after run and on a machine that was opened anew', async () => {
    const hashes: string[] = [];
    for (const runs of [3, 2]) {
      const executor = await openWasm();
      for (let i = 0; i < runs; i++) hashes.push(await run(executor, 7));
      executor.destroy();
    }
    expect(new Set(hashes).size).toBe(1);
    const executor = await openWasm();
    expect(await run(executor, 8)).not.toBe(hashes[0]);
    executor.destroy();
  });

  it('D2: has that hash also when it is interrupted at twenty random steps', async () => {
    const calm = await openWasm();
    const wanted = await run(calm, 7);
    calm.destroy();
    const random = new RandomStream(1, 'interruptions');
    const places = new Set<number>();
    while (places.size < 20) places.add(1 + random.nextInt(STEPS - 1));
    const steps = [...places].toSorted((a, b) => a - b);
    let executor = await openWasm();
    let trainer = newTrainer(executor, initialParameters(TINY, 7));
    const stats: StepStats[] = [];
    for (const [index, step] of [...steps, STEPS].entries()) {
      stats.push(...(await trainSteps(trainer, step - trainer.stepCount)));
      // A pause keeps the trainer; after a loss both it and its machine are new.
      if (step === STEPS || index % 2 === 0) continue;
      const state = await trainer.state();
      executor.destroy();
      executor = await openWasm();
      trainer = newTrainer(executor);
      trainer.restore(state);
    }
    expect(await hashOf(trainer, stats)).toBe(wanted);
    executor.destroy();
  });

  it('D6: has that hash whatever else was computed before it', async () => {
    const works = [
      (executor: Executor) => run(executor, 1, 7),
      (executor: Executor) => run(executor, 2, 20),
      (executor: Executor) => run(executor, 7, 33),
    ];
    const found: Set<string>[] = works.map(() => new Set());
    const random = new RandomStream(1, 'orders');
    const executor = await openWasm();
    for (let round = 0; round < 4; round++) {
      const left = works.map((_, index) => index);
      while (left.length > 0) {
        const [index = 0] = left.splice(random.nextInt(left.length), 1);
        const hash = await works[index]?.(executor);
        found[index]?.add(hash ?? '');
        // Memory lies elsewhere for those that come next.
        executor.allocate('left behind', 'f32', 64 * (1 + random.nextInt(50)));
      }
    }
    executor.destroy();
    expect(found.map(({ size }) => size)).toEqual([1, 1, 1]);
    expect(new Set(found.flatMap((hashes) => [...hashes])).size).toBe(3);
  });
});
