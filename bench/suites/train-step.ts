import { RandomStream } from '../../src/core/rng.ts';
import type { ModelConfig } from '../../src/nn/transformer/config.ts';
import { initialParameters } from '../../src/nn/transformer/init.ts';
import { languageModel } from '../../src/nn/transformer/language-model.ts';
import { parameterLayout } from '../../src/nn/transformer/layout.ts';
import { parameterCount } from '../../src/nn/graph/parameter-table.ts';
import { Trainer } from '../../src/nn/training/trainer.ts';
import type { Batch } from '../../src/nn/inputs/token-batch.ts';
import type { BenchCase, BenchSuite, Size } from '../suite.ts';
import { trainStepFlops, type TrainStepWorkload } from '../workload.ts';

/** Batches that take turns: random, and the same ones for every engine. */
const BATCHES = 8;

interface Shape {
  readonly size: Size;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly vocabSize: number;
  readonly tied: boolean;
  readonly T: number;
  readonly B: number;
}

/**
 * Llama-shaped: no q/k norm, 8/3 d wide feed-forward rounded up to 32; no clipping, which peers would
 * have to add. The first two are the shapes of the peer table in kernels.md; d 96, 192 and 256 are
 * TinyGPT's presets in parameters, context and batch.
 */
const SHAPES: readonly Shape[] = [
  { size: 'nano', width: 64, layers: 2, heads: 4, vocabSize: 1024, tied: false, T: 64, B: 16 },
  { size: 'small', width: 128, layers: 2, heads: 4, vocabSize: 1024, tied: false, T: 64, B: 16 },
  { size: 'medium', width: 96, layers: 3, heads: 6, vocabSize: 256, tied: true, T: 64, B: 16 },
  { size: 'medium', width: 192, layers: 6, heads: 6, vocabSize: 256, tied: true, T: 128, B: 12 },
  { size: 'medium', width: 256, layers: 8, heads: 8, vocabSize: 256, tied: true, T: 128, B: 8 },
  { size: 'large', width: 512, layers: 8, heads: 8, vocabSize: 1024, tied: true, T: 128, B: 16 },
  { size: 'large', width: 768, layers: 14, heads: 12, vocabSize: 1024, tied: true, T: 128, B: 16 },
];

export const suite: BenchSuite = { name: 'train-step', cases: SHAPES.map(trainStep) };

function trainStep(shape: Shape): BenchCase {
  const { size, width, layers, heads, vocabSize, tied, T, B } = shape;
  const config: ModelConfig = {
    vocabSize,
    width,
    layers,
    heads,
    kvHeads: heads,
    headWidth: width / heads,
    feedForward: Math.ceil((8 * width) / 3 / 32) * 32,
    tied,
    qkNorm: false,
    normEps: 1e-6,
    ropeTheta: 10000,
    maxPositions: T,
  };
  const optimizer = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01, clipNorm: 0 };
  const workload: TrainStepWorkload = {
    kind: 'train-step',
    config,
    optimizer,
    learningRate: 0.001,
    B,
    T,
  };
  const millions = (parameterCount(parameterLayout(config)) / 1e6).toPrecision(2);
  return {
    name: `training step d ${width}, ${layers} layers, ${millions} M, V ${vocabSize}, T ${T}, B ${B}`,
    size,
    unit: 'tokens/s',
    workload,
    flops: trainStepFlops(workload),
    async prepare(executor) {
      const model = languageModel(config);
      const trainer = new Trainer(executor, model, initialParameters(config, 1), optimizer);
      await trainer.prepare({ B, T });
      const batchAt = trainBatches(workload);
      let done = 0;
      const step = () => trainer.step(batchAt(done++), workload.learningRate);
      return {
        async answer() {
          await step();
          const stats = await trainer.flush();
          return stats.at(-1)?.loss ?? Number.NaN;
        },
        async round(repeats) {
          for (let i = 0; i < repeats; i++) await step();
          await trainer.flush();
          return repeats * B * T;
        },
        dispose() {
          trainer.destroy();
        },
      };
    },
  };
}

/** The batch of each step: what every engine trains on. */
export function trainBatches({ config, B, T }: TrainStepWorkload): (step: number) => Batch {
  const batches = Array.from({ length: BATCHES }, (_, index): Batch => {
    const random = new RandomStream(index, 'bench batch');
    const token = () => random.nextInt(config.vocabSize);
    return {
      B,
      T,
      ids: Uint32Array.from({ length: B * T }, token),
      targets: Int32Array.from({ length: B * T }, token),
    };
  });
  return (step) => batches[step % BATCHES] as Batch;
}
