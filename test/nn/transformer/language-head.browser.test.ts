import { expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { sharedGpu } from '../../support/machine/shared-device.ts';
import { headBatch, ID_HEAD, LEVELS, stepOf } from '../../support/models/language-head.ts';

it('WebGPU trains on a part of the head with split softmax as the twins do', async () => {
  const batch = { ...headBatch('ids'), head: ID_HEAD };
  const cpu = createCpuExecutor();
  const gpu = await sharedGpu();
  const wanted = await stepOf(cpu, batch, LEVELS);
  const got = await stepOf(gpu, batch, LEVELS);
  expect(got.loss).toBeCloseTo(wanted.loss, 4);
  // AdamW's first step is ± the learning rate: a gradient near 0 may turn with rounding.
  const off = got.parameters.filter(
    (value, i) => !(Math.abs(value - (wanted.parameters[i] ?? NaN)) < 1e-4),
  );
  expect(off.length).toBeLessThan(got.parameters.length / 200);
  gpu.destroy();
  cpu.destroy();
});
