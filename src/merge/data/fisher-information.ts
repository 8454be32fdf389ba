import type { Executor, Step } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import { HYPER, HYPER_LENGTH } from '../../nn/ops/optimizer.ts';
import { TrainMemory } from '../../nn/training/train-memory.ts';
import type { TrainableModel } from '../../nn/training/trainable-model.ts';
import { checkFinite } from '../arena-checks.ts';
import { stopIfAborted } from '../merge-checks.ts';
import { squareGradients } from './kernels.ts';

/** Called after each sequence (or batch), so that it can be shown and stopped. */
export interface StatisticsHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Sequences queued before the device is waited for. */
const IN_FLIGHT = 8;

/**
 * Diagonal of the empirical Fisher information: the mean over sequences s of (∂/∂θ Σₜ loss of s)²,
 * at the tokens that stand in the data (not drawn from the model). One forward and backward pass a
 * sequence; device memory as for training.
 * @param sequences one sequence a batch, the longest first (their shapes are compiled in order)
 * @returns in the model's layout, >= 0
 * @numeric f32; sums of squares |y − f64| <= 1e-5 |y| beside what the gradients carry
 * @errors  invalid-argument without sequences, layout-mismatch, non-finite, limit-exceeded, aborted
 * @source  Matena and Raffel 2022, arXiv:2111.09832
 */
export async function fisherInformation<Shape, Batch extends Shape>(
  executor: Executor,
  model: TrainableModel<Shape, Batch>,
  parameters: Float32Array,
  sequences: readonly Batch[],
  { signal, onProgress }: StatisticsHooks = {},
): Promise<Float32Array<ArrayBuffer>> {
  if (sequences.length === 0) throw nothingToLookAt();
  const memory = TrainMemory.create(executor, model);
  try {
    memory.arena.write('weights', parameters);
    executor.write(memory.optimizer.hyper, sumOfLosses(1));
    // The first moments are not needed here: the squares go where they lie.
    const steps = memory.arena.trained.map(({ gradients, m }): Step => ({
      kernel: squareGradients,
      bind: { information: m, gradients },
      uniforms: { length: gradients.length, share: 1 / sequences.length },
    }));
    const square = await executor.prepare('square gradients', steps);
    try {
      for (const [index, sequence] of sequences.entries()) {
        stopIfAborted(signal);
        model.countScored(sequence);
        const program = await memory.program(sequence, 'gradients');
        program.upload(sequence);
        executor.run(program.plan.program);
        executor.run(square);
        if (index % IN_FLIGHT === IN_FLIGHT - 1) await executor.idle();
        onProgress?.(index + 1, sequences.length);
      }
      const information = await memory.arena.read('m');
      checkFinite(model.layout, information, 'The Fisher information');
      return information;
    } finally {
      square.destroy();
    }
  } finally {
    memory.destroy();
  }
}

/** The hyper-parameters of a backward pass without an optimizer step. */
export function sumOfLosses(scale: number): Float32Array {
  const hyper = new Float32Array(HYPER_LENGTH);
  hyper[HYPER.lossScale] = scale;
  return hyper;
}

export function nothingToLookAt(): AppError {
  return new AppError('invalid-argument', 'There are no training rows to learn the merge from.', {
    hint: 'Choose a period that has interactions.',
  });
}
