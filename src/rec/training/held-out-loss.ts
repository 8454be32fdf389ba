import { BufferScope } from '../../compute/buffer-scope.ts';
import type { Executor } from '../../compute/executor.ts';
import type { TrainableModel } from '../../nn/training/trainable-model.ts';
import { LossProbe } from '../../nn/transformer/loss-probe.ts';

/**
 * Measures the mean loss of batches that no training sees, nothing dropped. The device holds
 * nothing between two measurements: a training run needs its memory.
 * @errors data-invalid where nothing is scored; non-finite, limit-exceeded
 */
export function heldOutLoss<Shape, Batch extends Shape>(
  executor: Executor,
  model: TrainableModel<Shape, Batch>,
  batches: readonly Batch[],
): (parameters: Float32Array) => Promise<number> {
  return async (parameters) => {
    const scope = new BufferScope(executor);
    try {
      const weights = scope.floats('weights', model.layout.length);
      executor.write(weights, parameters);
      const probe = await LossProbe.create(executor, model, batches, weights);
      try {
        return await probe.measure();
      } finally {
        probe.destroy();
      }
    } finally {
      scope.destroy();
    }
  };
}
