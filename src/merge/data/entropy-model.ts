import { AppError } from '../../core/errors.ts';
import type { Graph, GraphStep, Value } from '../../nn/graph/graph.ts';
import type { BatchInputs, OpenModel, TrainableModel } from '../../nn/training/trainable-model.ts';
import { crossEntropyKernel } from '../../nn/ops/cross-entropy.ts';
import { splitCrossEntropyKernel } from '../../nn/ops/cross-entropy-split.ts';
import { entropyKernel, entropySplitKernel } from './kernels.ts';

/**
 * A model whose loss is the entropy of its predictions instead of their cross-entropy: the same
 * positions and the same softmax, but the targets do not enter.
 * @errors limit-exceeded (when a batch is compiled) where the head exceeds one binding
 * @source Yang et al. 2024, arXiv:2310.02575
 */
export function entropyModel<Shape, Batch extends Shape>(
  model: TrainableModel<Shape, Batch>,
): TrainableModel<Shape, Batch> {
  return {
    ...model,
    open: (scope): OpenModel<Shape, Batch> => {
      const open = model.open(scope);
      return { inputs: (inner, shape) => withEntropy(open.inputs(inner, shape)) };
    },
  };
}

function withEntropy<Batch>(inputs: BatchInputs<Batch>): BatchInputs<Batch> {
  return {
    upload: (batch) => {
      inputs.upload(batch);
    },
    loss: (graph: Graph, context): Value => {
      const before = graph.steps.length;
      const loss = inputs.loss(graph, context);
      const own = graph.steps.slice(before).map(lookAtPredictions);
      const changed = own.filter((step, index) => step !== graph.steps[before + index]);
      if (changed.length === 0) {
        throw new AppError('limit-exceeded', 'The entropy needs the whole head in one binding.', {
          hint: 'Use a smaller vocabulary or width. Nothing was started.',
        });
      }
      graph.steps.splice(before, own.length, ...own);
      return loss;
    },
  };
}

/** Both kernels take the operands of the cross-entropy that they stand for. */
function lookAtPredictions(step: GraphStep): GraphStep {
  switch (step.kernel) {
    case crossEntropyKernel:
      return { ...step, kernel: entropyKernel };
    case splitCrossEntropyKernel:
      return { ...step, kernel: entropySplitKernel };
    default:
      return step;
  }
}
