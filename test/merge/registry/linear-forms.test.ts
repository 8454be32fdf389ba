import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import { tensorsOf } from '../suites/arenas.ts';

const BASE = [1, 2, -4, 8];
const MODELS = [
  [3, 0, -2, 8],
  [5, 4, 2, 0],
  [7, -4, 0, 16],
];

/** Counted by hand; every number is a small dyadic fraction, so that float32 holds it exactly. */
const FORMS = [
  // (a + b) / 2
  ['mmgrid_average', {}, 2, [4, 2, 0, 4]],
  // 2 a + 0.5 b: the weights as they are
  ['weighted_average', { weights: [2, 0.5] }, 2, [8.5, 2, -3, 16]],
  // base + 0.5 ((a − base) + (b − base))
  ['task_arithmetic_fb', { scaling_factor: 0.5 }, 2, [4, 2, 0, 4]],
  ['task_arithmetic_fb', { scaling_factor: 0.25 }, 3, [4, 0.5, -1, 8]],
  // c + 0.5 (c − b)
  ['mmgrid_linear_velocity', { scaling_coefficient: 0.5 }, 3, [8, -8, -1, 24]],
  // c + 0.5 (c − a) / 2
  ['mmgrid_moving_average_velocity', { scaling_coefficient: 0.5 }, 3, [8, -5, 0.5, 18]],
] as const;

/** As many as one aligned tensor holds. */
const repeated = (values: readonly number[]): Float32Array =>
  Float32Array.from({ length: 64 }, (_, i) => values[i % values.length] ?? NaN);

describe('sums of models under the names of other programs', () => {
  it.each(FORMS)('%s with %j of %i models', async (method, parameters, count, expected) => {
    const executor = createCpuExecutor();
    const models = MODELS.slice(0, count).map(repeated);
    const base = method.startsWith('task') ? repeated(BASE) : null;
    const request = { method, parameters, base, models };
    expect(await mergeArenas(executor, tensorsOf([64]), request)).toEqual(repeated(expected));
    executor.destroy();
  });
});
