import { RandomStream } from '../../src/core/rng.ts';
import { initialParameters } from '../../src/nn/init.ts';
import { Trainer } from '../../src/nn/trainer.ts';
import type { Batch } from '../../src/nn/train-program.ts';
import type { BenchCase, BenchSuite } from '../suite.ts';

const B = 16;
const T = 64;
const VOCABULARY = 1024;
/** Steps a round: enough that two are always in flight. */
const STEPS = 4;

/** Forward, backward and AdamW of 1,024 tokens: the shape of kernels.md's peer table. */
function trainStep(width: number, feedForward: number): BenchCase {
  return {
    name: `training step d ${width}, 2 layers, 4 heads, T ${T}, B ${B}, V ${VOCABULARY}`,
    unit: 'tokens/s',
    async prepare(executor) {
      const config = {
        vocabSize: VOCABULARY,
        width,
        layers: 2,
        heads: 4,
        kvHeads: 4,
        headWidth: width / 4,
        feedForward,
        tied: true,
        qkNorm: true,
        normEps: 1e-6,
        ropeTheta: 10000,
        maxPositions: T,
      };
      const trainer = new Trainer(executor, config, initialParameters(config, 1), {
        beta1: 0.9,
        beta2: 0.999,
        eps: 1e-8,
        weightDecay: 0.01,
        clipNorm: 1,
      });
      const batches = Array.from({ length: STEPS }, (_, index) => randomBatch(index));
      await trainer.prepare(B, T);
      return {
        async round() {
          for (const batch of batches) await trainer.step(batch, 0.001);
          await trainer.flush();
          return STEPS * B * T;
        },
        dispose() {
          trainer.destroy();
        },
      };
    },
  };
}

function randomBatch(index: number): Batch {
  const random = new RandomStream(index, 'bench batch');
  const token = () => random.nextInt(VOCABULARY);
  return {
    B,
    T,
    ids: Uint32Array.from({ length: B * T }, token),
    targets: Int32Array.from({ length: B * T }, token),
  };
}

export const suite: BenchSuite = {
  name: 'train-step',
  cases: [trainStep(64, 172), trainStep(128, 344)],
};
