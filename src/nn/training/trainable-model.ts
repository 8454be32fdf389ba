import type { BufferScope } from '../../compute/buffer-scope.ts';
import type { BufferView } from '../../compute/executor.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { ParameterTable } from '../graph/parameter-table.ts';
import type { ParameterViews } from '../graph/parameters.ts';
import type { Dropout } from '../ops/dropout-sites.ts';

/**
 * A model as trainer, training memory and estimate see it: parameters, and how batches of a shape
 * become a loss. What is compiled for a shape serves every batch of it.
 */
export interface TrainableModel<Shape, Batch extends Shape> extends ParameterTable {
  /** Shapes of equal keys share their programs: "16x32". */
  keyOf(shape: Shape): string;
  /**
   * Number of rows whose losses count; the loss of a step is their mean.
   * @errors invalid-argument for a batch that the programs of its shape must not see
   */
  countScored(batch: Batch): number;
  /**
   * Rows of the stream that a batch of a shape has, for masks that count from the first row of a
   * whole batch. Only models that drop name it.
   */
  positionsOf?(shape: Shape): number;
  /** Steps tell the share of negatives that are close to their targets. */
  readonly measuresCloseness?: true;
  /** Most micro-batches that batches of these shapes can be cut into. */
  mostParts(shapes: readonly Shape[]): number;
  /**
   * Shapes of the micro-batches, the largest first: the others then fit into its buffers. `parts`
   * of them make one step, fewer than asked for where a batch has no more.
   */
  microShapes(shapes: readonly Shape[], parts: number): readonly (Shape & MicroParts)[];
  /** Allocates what batches of all shapes share, for as long as the scope lives. */
  open(scope: BufferScope): OpenModel<Shape, Batch>;
}

export interface MicroParts {
  readonly parts: number;
}

export interface OpenModel<Shape, Batch> {
  /** Allocates the inputs of batches of a shape. @errors limit-exceeded, invalid-argument */
  inputs(scope: BufferScope, shape: Shape): BatchInputs<Batch>;
}

/** Device copies of one batch, and the graph that reads them. */
export interface BatchInputs<Batch> {
  /** Queues the batch's upload; allocates nothing. */
  upload(batch: Batch): void;
  /** Emits forward pass and loss. @returns f32[rows], unscaled; its gradient is on its way */
  loss(graph: Graph, context: LossContext): Value;
}

export interface LossContext {
  readonly parameters: ParameterViews;
  /** The fields of `HYPER`; the first scales the gradient of each row's loss. */
  readonly hyper: BufferView;
  /** Compute each block again in the backward pass instead of keeping its activations. */
  readonly recompute: boolean;
  /** Absent: nothing is dropped. */
  readonly dropout?: Dropout;
  /** f32[RING_SLOTS]: where a step puts what `measuresCloseness` says, at the slot of `hyper`. */
  readonly shares?: BufferView;
  /** Bytes that one binding may have. */
  readonly bindingBytes: number;
}
