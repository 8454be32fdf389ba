import { expect } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { sharedGpu } from './shared-device.ts';

/**
 * Runs `body` on a WebGPU executor of its own, on the device of the page, and requires that no GPU
 * error stayed unreported and that every buffer was freed.
 */
export async function withGpu(body: (executor: Executor) => Promise<void>): Promise<void> {
  const executor = await sharedGpu();
  try {
    await body(executor);
    // idle() throws what an error scope or the uncaptured-error event reported.
    await executor.idle();
    await executor.idle();
    expect(executor.memory().liveBytes, 'buffers left behind').toBe(0);
  } finally {
    executor.destroy();
  }
}
