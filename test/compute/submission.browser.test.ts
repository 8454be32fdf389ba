import { describe, expect, it } from 'vitest';
import { WebGpuExecutor } from '../../src/compute/webgpu/webgpu-executor.ts';
import type { WebGpuOptions } from '../../src/compute/webgpu/webgpu-options.ts';
import { sharedDevice, SMALLEST } from '../support/machine/shared-device.ts';
import { newTrainer, stepBatch } from '../support/models/training.ts';

/** Trains a few steps; counts the submits of each and gives the weights at the end. */
async function train(options: WebGpuOptions) {
  const executor = new WebGpuExecutor(await sharedDevice(SMALLEST), options);
  const { queue, limits } = executor.device;
  expect(limits.maxStorageBuffersPerShaderStage).toBe(8);
  expect(limits.maxStorageBufferBindingSize).toBe(128 * 2 ** 20);
  const trainer = newTrainer(executor);
  await trainer.prepare({ B: 3, T: 11 });
  const submit = queue.submit.bind(queue);
  let count = 0;
  queue.submit = (buffers) => {
    count += 1;
    submit(buffers);
  };
  const submits: number[] = [];
  for (let i = 0; i < 6; i++) {
    count = 0;
    await trainer.step(stepBatch(i), 0.01);
    submits.push(count);
    await executor.idle();
  }
  Reflect.deleteProperty(queue, 'submit');
  await trainer.flush();
  const { parameters } = await trainer.state();
  trainer.destroy();
  await executor.idle();
  executor.destroy();
  return { submits, parameters };
}

describe('submission, on a device with default limits', () => {
  it('is one submit a step; long programs are cut after three runs, with the same bits', async () => {
    const whole = await train({ submitMs: 60_000 });
    expect(whole.submits).toEqual([1, 1, 1, 1, 1, 1]);
    const cut = await train({ submitMs: 0.5 });
    expect(cut.submits.slice(0, 3)).toEqual([1, 1, 1]);
    for (const count of cut.submits.slice(3)) expect(count).toBeGreaterThan(1);
    expect(cut.parameters).toEqual(whole.parameters);
  });
});
