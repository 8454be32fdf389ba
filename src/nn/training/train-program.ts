import type { BufferView, DeviceBuffer, Executor } from '../../compute/executor.ts';
import { viewOf } from '../../compute/executor.ts';
import { BufferScope } from '../../compute/buffer-scope.ts';
import { bindableElements } from '../../compute/limits.ts';
import { Graph } from '../graph/graph.ts';
import { mergeColumnSums } from '../ops/column-sums.ts';
import { lossTotal } from '../ops/loss-total.ts';
import { optimizerStep, RING_SHARES, RING_SLOTS, type OptimizerBuffers } from '../ops/optimizer.ts';
import type { ParameterViews } from '../graph/parameters.ts';
import { compilePlan, type Plan, type ValueMemory } from '../graph/plan.ts';
import type { Dropout } from '../ops/dropout-sites.ts';
import type { BatchInputs, OpenModel } from './trainable-model.ts';

/** One compiled training step for a shape, with its input buffers. */
export interface TrainProgram<Batch> {
  readonly plan: Plan;
  /** Queues the batch's upload; allocates nothing. */
  upload(batch: Batch): void;
  destroy(): void;
}

/**
 * What a program does with the gradients of its batch:
 *   'update' uses them for a whole optimizer step;
 *   'add' adds them, and the loss to `lossTotal`, for a step of several micro-batches;
 *   'finish' adds them and does the step;
 *   'gradients' leaves them, and keeps the loss: for tests that look at every gradient.
 */
export type TrainPart = 'update' | 'add' | 'finish' | 'gradients';

export interface TrainProgramOptions<Shape, Batch> {
  readonly model: OpenModel<Shape, Batch>;
  readonly shape: Shape;
  /** Name of the shape, for the program's label. */
  readonly name: string;
  readonly parameters: ParameterViews;
  readonly optimizer: OptimizerBuffers;
  /** f32[1]: sum of the row losses of a step of several micro-batches. */
  readonly lossTotal: DeviceBuffer;
  readonly part: TrainPart;
  /** Compute each block again in the backward pass instead of keeping its activations. */
  readonly recompute: boolean;
  readonly dropout?: Dropout;
}

/**
 * Builds forward, backward and optimizer step for one shape.
 * @errors limit-exceeded, invalid-argument
 */
export async function createTrainProgram<Shape, Batch>(
  executor: Executor,
  memory: ValueMemory,
  options: TrainProgramOptions<Shape, Batch>,
): Promise<TrainProgram<Batch>> {
  const { model, shape, name, part } = options;
  const scope = new BufferScope(executor);
  try {
    const inputs = model.inputs(scope, shape);
    const graph = trainGraph(scope, inputs, options);
    const plan = await compilePlan(`train ${name} ${part}`, graph, executor, memory);
    return {
      plan,
      upload: (batch) => {
        inputs.upload(batch);
      },
      destroy: () => {
        plan.program.destroy();
        scope.destroy();
      },
    };
  } catch (error) {
    scope.destroy();
    throw error;
  }
}

function trainGraph<Shape, Batch>(
  scope: BufferScope,
  inputs: BatchInputs<Batch>,
  options: TrainProgramOptions<Shape, Batch>,
): Graph {
  const { parameters, optimizer, part, recompute, dropout } = options;
  const total = viewOf(options.lossTotal);
  const isWhole = part === 'update' || part === 'finish';
  const graph = new Graph();
  const loss = inputs.loss(graph, {
    parameters,
    hyper: viewOf(optimizer.hyper),
    recompute,
    ...(dropout && { dropout }),
    ...(isWhole && { shares: viewOf(optimizer.stats, RING_SHARES, RING_SLOTS) }),
    bindingBytes: bindableElements(scope.executor.profile) * 4,
  });
  const rows = loss.length;
  graph.backward();
  mergeColumnSums(graph, (data) => uploadTable(scope, data));
  switch (part) {
    case 'gradients':
      graph.keep(loss);
      break;
    case 'update':
      optimizerStep(graph, loss, rows, optimizer);
      break;
    case 'add':
      lossTotal(graph, total, loss, rows);
      break;
    case 'finish':
      lossTotal(graph, total, loss, rows);
      optimizerStep(graph, total, 1, optimizer);
      break;
  }
  graph.prune();
  return graph;
}

/** A table of the program that no batch changes. */
function uploadTable(scope: BufferScope, data: Uint32Array): BufferView {
  const buffer = scope.allocate('column blocks', 'u32', data.length);
  scope.executor.write(buffer, data);
  return viewOf(buffer);
}
