import { BufferScope } from '../../compute/buffer-scope.ts';
import {
  viewOf,
  type BufferView,
  type DeviceBuffer,
  type Executor,
} from '../../compute/executor.ts';
import { bindableElements } from '../../compute/limits.ts';
import type { BehaviourConfig } from '../../nn/behaviour-model/behaviour-layout.ts';
import {
  clickModel,
  type ClickModel,
  type ClickShape,
  type ScorableClicks,
} from '../../nn/behaviour-model/click-model.ts';
import { Graph } from '../../nn/graph/graph.ts';
import { HYPER_LENGTH } from '../../nn/ops/optimizer.ts';
import { DeviceWeights } from '../../nn/graph/parameter-arena.ts';
import { compilePlan, Workspace, type Plan } from '../../nn/graph/plan.ts';
import type { RankHooks } from '../data/rank-hooks.ts';
import { throwIfAborted } from '../training/train-loop.ts';
import type { ClickSample } from './behaviour-types.ts';
import { scoringBatches, type ClickRowsConfig, type ClickSetup } from './click-batches.ts';

/** The transformer of the configuration, or a model of another architecture. */
export type ClickArchitecture =
  | { readonly config: BehaviourConfig; readonly model?: undefined }
  | { readonly config: ClickRowsConfig; readonly model: ClickModel };

export type ClickScorerSetup = Omit<ClickSetup, 'config'> & ClickArchitecture;

/** @errors invalid-argument when the sizes cannot run on the kernels */
export function modelOf({ model, config }: ClickArchitecture): ClickModel {
  return model === undefined ? clickModel(config) : model;
}

/** The compiled forward pass of a shape. */
interface ClickProgram {
  readonly inputs: ScorableClicks;
  readonly plan: Plan;
  readonly logits: BufferView;
}

/**
 * The device side of scoring impressions: weights and one compiled forward pass per row length.
 * Weights may be replaced and the programs used again.
 */
export class ClickScorer {
  readonly weights: DeviceWeights;
  private readonly executor: Executor;
  private readonly setup: ClickScorerSetup;
  private readonly scope: BufferScope;
  private readonly workspace: Workspace;
  private readonly hyper: DeviceBuffer;
  private readonly model: ClickModel;
  private readonly open: ReturnType<ClickModel['open']>;
  private readonly programs = new Map<string, ClickProgram>();

  /** @errors limit-exceeded, invalid-argument; nothing stays allocated then */
  constructor(executor: Executor, setup: ClickScorerSetup) {
    this.executor = executor;
    this.setup = setup;
    this.model = modelOf(setup);
    const built = BufferScope.build(executor, (scope) => ({
      scope,
      weights: new DeviceWeights(scope, this.model),
      hyper: scope.floats('hyper', HYPER_LENGTH),
      open: this.model.open(scope),
    }));
    this.scope = built.scope;
    this.weights = built.weights;
    this.hyper = built.hyper;
    this.open = built.open;
    this.workspace = new Workspace(executor);
  }

  /**
   * Logits of the samples, in their order. A sample's logit does not depend on what else is scored
   * but for rounding: |difference| <= 1e-5 (1 + |logit|).
   * @errors aborted, device-lost, limit-exceeded, layout-mismatch, invalid-argument
   */
  async score(
    samples: readonly ClickSample[],
    { signal, onProgress }: RankHooks = {},
  ): Promise<Float32Array<ArrayBuffer>> {
    const { executor } = this;
    const scores = new Float32Array(samples.length);
    let done = 0;
    for (const { batch, places } of scoringBatches(samples, this.setup)) {
      throwIfAborted(signal);
      this.model.countScored(batch);
      const { inputs, plan, logits } = await this.programFor(batch);
      inputs.upload(batch);
      executor.run(plan.program);
      const own = await executor.readFloats(logits);
      places.forEach((place, row) => {
        scores[place] = own[row] ?? NaN;
      });
      done += places.length;
      onProgress?.({ done, total: samples.length });
    }
    return scores;
  }

  destroy(): void {
    for (const { plan } of this.programs.values()) plan.program.destroy();
    this.programs.clear();
    this.workspace.destroy();
    this.scope.destroy();
  }

  private async programFor(shape: ClickShape): Promise<ClickProgram> {
    const { executor, workspace, scope, hyper } = this;
    const key = this.model.keyOf(shape);
    const existing = this.programs.get(key);
    if (existing !== undefined) return existing;
    const inputs = this.open.inputs(scope, shape);
    const graph = new Graph();
    const { logits } = inputs.head(graph, {
      parameters: this.weights.views,
      hyper: viewOf(hyper),
      recompute: false,
      bindingBytes: bindableElements(executor.profile) * 4,
    });
    graph.keep(logits);
    graph.prune();
    const plan = await compilePlan(`score ${key}`, graph, executor, workspace);
    const program = { inputs, plan, logits: plan.viewOf(logits) };
    this.programs.set(key, program);
    return program;
  }
}

export type ScoreInput = ClickScorerSetup & {
  /** Arena of the model. */
  readonly parameters: Float32Array;
  readonly samples: readonly ClickSample[];
};

/**
 * Logits of impressions, in the order of the samples, see `ClickScorer.score`. The device holds
 * nothing afterwards, also after an error.
 * @errors as `ClickScorer`
 */
export async function scoreClicks(
  executor: Executor,
  { parameters, samples, ...setup }: ScoreInput,
  hooks: RankHooks = {},
): Promise<Float32Array<ArrayBuffer>> {
  const scorer = new ClickScorer(executor, setup);
  try {
    scorer.weights.write(parameters);
    return await scorer.score(samples, hooks);
  } finally {
    scorer.destroy();
  }
}
