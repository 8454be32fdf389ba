import { expect } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { parameterLayout, parameterTable } from '../../../src/nn/transformer/layout.ts';
import { forwardLogits } from '../../../src/nn/transformer/forward.ts';
import { placementFor } from '../../../src/nn/graph/parameter-arena.ts';
import type { Limits } from './limited-device.ts';
import { trained, TWO_LAYERS } from '../models/train-memory.ts';
import { stepBatch } from '../models/training.ts';

/** Room for a third of the two-layer model in one buffer, and for its widest activation. */
export const THIRD: Limits = { maxBufferSize: 8192, maxStorageBufferBindingSize: 8192 };

/** Ranges of 64 rows for the table of the beam search's model of width 128, room for the rest. */
export const SMALL: Limits = { maxBufferSize: 49152, maxStorageBufferBindingSize: 49152 };

/** Three shards train like one: without clipping bit for bit, since only the norm sums otherwise. */
export async function checkShards(whole: Executor, limited: Executor): Promise<void> {
  const { shards } = placementFor(limited, parameterTable(TWO_LAYERS));
  expect(shards).toHaveLength(3);
  expect(shards.reduce((sum, { length }) => sum + length, 0)).toBe(
    parameterLayout(TWO_LAYERS).length,
  );
  const one = await trained(whole, { clipNorm: 0, rows: 3, steps: 2 });
  const three = await trained(limited, { clipNorm: 0, rows: 3, steps: 2 });
  expect(three.parameters).toEqual(one.parameters);
  expect(three.m).toEqual(one.m);
  expect(three.v).toEqual(one.v);
  three.stats.forEach(({ loss, gradNorm }, i) => {
    expect(loss).toBe(one.stats[i]?.loss);
    expect(Math.abs(gradNorm / (one.stats[i]?.gradNorm ?? NaN) - 1)).toBeLessThan(1e-6);
  });
  const clipped = await trained(limited, { rows: 3, steps: 2 });
  const clippedWhole = await trained(whole, { rows: 3, steps: 2 });
  clipped.m.forEach((value, i) => {
    const wanted = clippedWhole.m[i] ?? NaN;
    expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-7 + 1e-5 * Math.abs(wanted));
  });
}

/** The forward pass of inference finds its weights in three shards as in one. */
export async function checkShardedForward(whole: Executor, limited: Executor): Promise<void> {
  const parameters = initialParameters(TWO_LAYERS, 3);
  const { ids } = stepBatch(0);
  const batch = { B: 3, T: 11, ids };
  const wanted = await forwardLogits(whole, TWO_LAYERS, parameters, batch);
  expect(await forwardLogits(limited, TWO_LAYERS, parameters, batch)).toEqual(wanted);
  expect(limited.memory().liveBytes).toBe(0);
}

/** A tensor that no buffer can hold is named, with need and limit, and nothing is left behind. */
export async function checkTooLargeTensor(limited: Executor): Promise<void> {
  const run = trained(limited);
  await expect(run).rejects.toMatchObject({ code: 'limit-exceeded' });
  await expect(run).rejects.toThrow(
    /model\.embed_tokens\.weight needs 3 KB in one buffer; .* allows 2 KB/,
  );
  expect(limited.memory().liveBytes).toBe(0);
}

/** An activation too large for a binding is named before anything runs; fewer rows fit. */
export async function checkTooLargeActivation(limited: Executor): Promise<void> {
  const run = trained(limited, { rows: 8 });
  await expect(run).rejects.toMatchObject({ code: 'limit-exceeded' });
  await expect(run).rejects.toThrow(/needs 11 KB in one buffer; the adapter allows 8 KB/);
  expect(limited.memory().liveBytes).toBe(0);
  const { parameters, start } = await trained(limited, { rows: 2, steps: 1 });
  expect(parameters).not.toEqual(start);
}
