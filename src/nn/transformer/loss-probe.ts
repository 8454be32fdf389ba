import { BufferScope } from '../../compute/buffer-scope.ts';
import {
  viewOf,
  type BufferView,
  type DeviceBuffer,
  type Executor,
  type Program,
} from '../../compute/executor.ts';
import { bindableElements } from '../../compute/limits.ts';
import { AppError } from '../../core/errors.ts';
import { Graph } from '../graph/graph.ts';
import { lossTotal } from '../ops/loss-total.ts';
import { HYPER_LENGTH } from '../ops/optimizer.ts';
import { ParameterViews } from '../graph/parameters.ts';
import { compilePlan, Workspace } from '../graph/plan.ts';
import type { TrainableModel } from '../training/trainable-model.ts';

const ZERO = new Float32Array(1);

/**
 * Mean teacher-forced loss over the scored positions of fixed batches, for whatever parameters lie
 * in one device buffer: the batches are uploaded and their forward passes compiled once, so that a
 * measurement is one submit a batch and one number read back.
 */
export class LossProbe {
  private readonly scope: BufferScope;
  private readonly workspace: Workspace;
  private readonly programs: Program[] = [];
  private readonly total: DeviceBuffer;
  private scored = 0;

  private constructor(executor: Executor) {
    this.scope = new BufferScope(executor);
    this.workspace = new Workspace(executor);
    this.total = this.scope.floats('probe loss', 1);
  }

  /**
   * @param weights the arena in the model's layout; belongs to the caller and may change
   * @errors data-invalid where nothing is scored; limit-exceeded, layout-mismatch, invalid-argument
   */
  static async create<Shape, Batch extends Shape>(
    executor: Executor,
    model: TrainableModel<Shape, Batch>,
    batches: readonly Batch[],
    weights: DeviceBuffer,
  ): Promise<LossProbe> {
    const probe = new LossProbe(executor);
    try {
      await probe.compile(model, batches, weights);
      return probe;
    } catch (error) {
      probe.destroy();
      throw error;
    }
  }

  /** @errors non-finite when the parameters give no loss, device-lost */
  async measure(): Promise<number> {
    const { executor } = this.scope;
    executor.write(this.total, ZERO);
    for (const program of this.programs) executor.run(program);
    const [sum = NaN] = await executor.readFloats(this.total);
    const loss = sum / this.scored;
    if (Number.isFinite(loss)) return loss;
    throw new AppError('non-finite', 'The loss of the probe is not a finite number.', {
      hint: 'These parameters lie too far outside of what was trained.',
    });
  }

  destroy(): void {
    for (const program of this.programs) program.destroy();
    this.workspace.destroy();
    this.scope.destroy();
  }

  private async compile<Shape, Batch extends Shape>(
    model: TrainableModel<Shape, Batch>,
    batches: readonly Batch[],
    weights: DeviceBuffer,
  ): Promise<void> {
    const { scope } = this;
    const { executor } = scope;
    if (weights.length !== model.layout.length) {
      throw new AppError('layout-mismatch', 'The probe was given parameters of another model.');
    }
    const parameters = ParameterViews.whole(model.layout, weights, null);
    const hyper: BufferView = viewOf(scope.floats('hyper', HYPER_LENGTH));
    const open = model.open(scope);
    for (const batch of batches) {
      this.scored += model.countScored(batch);
      const inputs = open.inputs(scope, batch);
      const graph = new Graph();
      const bindingBytes = bindableElements(executor.profile) * 4;
      const loss = inputs.loss(graph, { parameters, hyper, recompute: false, bindingBytes });
      lossTotal(graph, viewOf(this.total), loss, loss.length);
      graph.prune();
      const name = `probe ${model.keyOf(batch)}`;
      this.programs.push((await compilePlan(name, graph, executor, this.workspace)).program);
      inputs.upload(batch);
    }
    if (this.scored > 0) return;
    throw new AppError('data-invalid', 'The probe has no scored position.', {
      hint: 'Choose more users.',
    });
  }
}
