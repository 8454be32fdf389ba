import type { ModelConfig } from '../src/nn/transformer/config.ts';
import type { OptimizerSettings } from '../src/nn/training/trainer.ts';

/** Forward, backward and AdamW of B sequences of T tokens. */
export interface TrainStepWorkload {
  readonly kind: 'train-step';
  readonly config: ModelConfig;
  readonly optimizer: OptimizerSettings;
  readonly learningRate: number;
  readonly B: number;
  readonly T: number;
}

/** out[n, n] = a[n, n] . b[n, n] */
export interface MatmulWorkload {
  readonly kind: 'matmul';
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** Work described as data, so that every engine builds it in its own way. */
export type Workload = TrainStepWorkload | MatmulWorkload;

/** Floating-point operations of a training step's products, attention over whole T x T squares. */
export function trainStepFlops({
  config,
  B,
  T,
}: Pick<TrainStepWorkload, 'config' | 'B' | 'T'>): number {
  const { width, heads, kvHeads, headWidth, feedForward, layers, vocabSize } = config;
  const qkvo = width * headWidth * (2 * heads + 2 * kvHeads);
  const matrices = layers * (qkvo + 3 * width * feedForward) + vocabSize * width;
  const attention = layers * 2 * T * heads * headWidth;
  return 6 * B * T * (matrices + attention);
}
