import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import type { MergeMethod } from '../../../src/merge/method.ts';
import { resolveParameters } from '../../../src/merge/parameters.ts';
import { MERGE_METHODS } from '../../../src/merge/registry/registry.ts';
import { mergeOnDevice } from '../../../src/merge/stream/merge-on-device.ts';
import { MemoryMeter } from '../../../src/merge/stream/memory-meter.ts';
import { neededOnDevice, type DeviceNeed } from '../../../src/merge/stream/needed-memory.ts';

/** Methods that files can be merged with: the others want data. */
const METHODS = MERGE_METHODS.filter(({ needs = [] }) => needs.length === 0);

const SETTINGS: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  wudi: [{ iter_num: 3 }],
  nuslerp: [{}, { nuslerp_row_wise: false, nuslerp_flatten: false }],
  singular_projection: [{}, { rank: 'high', full_matrices: true }],
  knots_ties: [{}, { topK: 100, merging_type: 'sum' }],
};

/** Forms that masked models are merged by take two. */
const MOST_MODELS: Readonly<Record<string, number>> = {
  mmgrid_mask_magnitude: 2,
  mmgrid_mask_random: 2,
};

const SHAPES: readonly (readonly number[])[] = [[96, 40], [12, 75], [32, 32], [2500], [4, 3, 25]];

type Fill = (index: number, model: number) => number;

/** What the tests of kinds of operands are about: branches of methods that depend on numbers. */
const OPERANDS: Readonly<Record<string, Fill>> = {
  random: (() => {
    const stream = new RandomStream(7, 'needed memory');
    return () => stream.nextNormal();
  })(),
  'of rank 1': (index, model) => (model + 1) * ((index % 7) - 3),
  'all equal': () => 1,
};

/** Bytes that the merge takes, and what `MemoryMeter` sees of them. */
async function taken(need: DeviceNeed, fill: Fill): Promise<{ peak: number; seen: number }> {
  const executor = createCpuExecutor();
  const meter = new MemoryMeter(executor);
  const look = (): void => {
    meter.look();
  };
  await mergeOnDevice({
    ...{ ...need, executor, onFull: look, signal: undefined },
    fill: (operand, buffer) => {
      const model = operand === 'base' ? -1 : operand;
      const values = new Float32Array(need.layout.length);
      for (const { offset, size } of need.layout.entries) {
        for (let i = 0; i < size; i++) values[offset + i] = fill(i, model);
      }
      executor.write(buffer, values);
      return Promise.resolve(true);
    },
    drain: () => Promise.resolve(look()),
  });
  expect(executor.memory().liveBytes).toBe(0);
  return { peak: executor.memory().peakBytes, seen: meter.peakBytes };
}

function needOf(
  method: MergeMethod,
  shapes: readonly (readonly number[])[],
  parameters: Record<string, unknown> = {},
): DeviceNeed {
  const most = Math.min(method.models.max, MOST_MODELS[method.id] ?? 3);
  const modelCount = Math.max(method.models.min, most);
  return {
    method,
    values: resolveParameters(method.parameters, parameters, modelCount),
    layout: layoutOf(shapes.map((shape, k) => [{ name: `layers.${k}.weight`, shape }])),
    modelCount,
    hasBase: method.needsBase,
  };
}

/** Written to host: 12 bytes an element of a piece, which the device does not see. */
const HOST_BYTES = 12;

describe('what a merge on the executor is said to need', () => {
  it.each(METHODS.map((method) => [method.id, method] as const))(
    'is what it takes, and at most twice that: %s',
    async (id, method) => {
      for (const settings of SETTINGS[id] ?? [{}]) {
        for (const shapes of [...SHAPES.map((shape) => [shape]), SHAPES]) {
          const need = needOf(method, shapes, settings);
          const told = await neededOnDevice(createCpuExecutor().profile, need);
          const onHost = HOST_BYTES * need.layout.length;
          for (const [name, fill] of Object.entries(OPERANDS)) {
            const { peak, seen } = await taken(need, fill);
            const what = `${id} ${JSON.stringify([shapes, settings])} ${name}`;
            expect(peak, what).toBeLessThanOrEqual(told.totalBytes);
            if (name === 'random') {
              expect(told.totalBytes, what).toBeLessThanOrEqual(2 * peak + onHost);
            }
            expect(seen, what).toBe(peak);
          }
          expect(told.bufferElements, id).toBeGreaterThanOrEqual(need.layout.length);
        }
      }
    },
  );
});
