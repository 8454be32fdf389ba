import type { Executor } from '../../../src/compute/executor.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import { newTrainer, trainSteps } from '../../support/models/training.ts';

export function hashOf({ buffer, byteOffset, byteLength }: Float32Array<ArrayBuffer>) {
  return sha256Hex(new Uint8Array(buffer, byteOffset, byteLength));
}

/** SHA-256 of the tiny model's weights after some steps. */
export async function tinyBits(executor: Executor, steps = 2): Promise<string> {
  const trainer = newTrainer(executor);
  try {
    await trainSteps(trainer, steps);
    return await hashOf(await trainer.parameters());
  } finally {
    trainer.destroy();
  }
}

/** Whether an executor still computes those bits and holds no memory afterwards; empty if so. */
export async function stillRight(executor: Executor, wanted: string): Promise<string> {
  if ((await tinyBits(executor)) !== wanted) return 'other bits';
  const { liveBytes } = executor.memory();
  return liveBytes === 0 ? '' : `${String(liveBytes)} bytes left`;
}
