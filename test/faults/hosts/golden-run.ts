import type { Executor } from '../../../src/compute/executor.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import { newTrainer, trainSteps } from '../../support/models/training.ts';

/** SHA-256 of losses and weights of ten steps from fixed weights: the same on a machine as long as it is sound. */
export async function goldenRun(executor: Executor): Promise<string> {
  const trainer = newTrainer(executor);
  try {
    const stats = await trainSteps(trainer, 10);
    const losses = Float64Array.from(stats, ({ loss }) => loss);
    const { parameters } = await trainer.state();
    const hashes = [losses, parameters].map(({ buffer, byteOffset, byteLength }) =>
      sha256Hex(new Uint8Array(buffer, byteOffset, byteLength)),
    );
    return (await Promise.all(hashes)).join();
  } finally {
    trainer.destroy();
  }
}
