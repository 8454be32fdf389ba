import type { Executor } from '../../compute/executor.ts';
import type { TrainableModel } from '../../nn/training/trainable-model.ts';
import { checkArena, checkFinite } from '../arena-checks.ts';
import { stopIfAborted } from '../merge-checks.ts';
import { nothingToLookAt, type StatisticsHooks } from './fisher-information.ts';
import { layerGroups, type LayerKind } from './layer-groups.ts';
import { LayerWeightSession } from './layer-weight-session.ts';

export interface LayerWeightSettings {
  /** λ of all models and layers to begin with; 0.3 in the paper. */
  readonly initial: number;
  readonly learningRate: number;
  readonly steps: number;
  /** Keeps λ within 0…1. */
  readonly clamp: boolean;
  /** What has a λ of its own for each model: a tensor, a block of the model, or all of it. */
  readonly layers: LayerKind;
}

export interface LayerWeightRequest<Shape, Batch extends Shape> {
  /** The model with its usual loss; its predictions are what counts. */
  readonly model: TrainableModel<Shape, Batch>;
  readonly base: Float32Array;
  readonly models: readonly Float32Array[];
  /** Batches of a step, one a domain as a rule; the loss is the mean over their scored positions. */
  readonly batchesOf: (step: number) => readonly Batch[];
  readonly settings: LayerWeightSettings;
}

export interface LearnedLayerWeights {
  /** λ[model][layer]. */
  readonly weights: readonly (readonly number[])[];
  /** Names of the layers: tensors, blocks, or "model". */
  readonly layers: readonly string[];
  /** Mean entropy (nats) before each step. */
  readonly entropies: readonly number[];
  readonly parameters: Float32Array<ArrayBuffer>;
}

const ADAM = { beta1: 0.9, beta2: 0.999, eps: 1e-8 };

/**
 * AdaMerging: θ_l = θᵦ_l + Σ λ_{k,l} τ_{k,l} with the λ that make predictions sure: Adam on their
 * mean entropy, ∂H/∂λ_{k,l} = ⟨∂H/∂θ_l, τ_{k,l}⟩. No target is used. Merge, backward pass and
 * products run on the device; λ and Adam's moments are float64 on the host. Device memory: training
 * of one model and K + 1 arenas. Deterministic.
 * @errors invalid-argument (no batch), layout-mismatch, non-finite, aborted, limit-exceeded where
 *         the parameters or the head need more than one buffer
 * @source Yang et al. 2024, arXiv:2310.02575 (layer-wise; a layer is a tensor there)
 */
export async function learnLayerWeights<Shape, Batch extends Shape>(
  executor: Executor,
  request: LayerWeightRequest<Shape, Batch>,
  { signal, onProgress }: StatisticsHooks = {},
): Promise<LearnedLayerWeights> {
  const { model, settings, batchesOf } = request;
  const { layout } = model;
  [request.base, ...request.models].forEach((arena, index) => {
    const name = index === 0 ? 'The base' : `Model ${index}`;
    checkArena(layout, arena, name);
    checkFinite(layout, arena, name);
  });
  const groups = layerGroups(layout, settings.layers);
  const adam = new LayerAdam(request.models.length, groups.names.length, settings);
  const session = await LayerWeightSession.open(executor, request, groups);
  try {
    const entropies: number[] = [];
    for (let step = 0; step < settings.steps; step++) {
      stopIfAborted(signal);
      const batches = batchesOf(step);
      if (batches.length === 0) throw nothingToLookAt();
      const { entropy, gradient } = await session.gradientAt(adam.weights, batches);
      entropies.push(entropy);
      adam.move(gradient);
      onProgress?.(step + 1, settings.steps);
    }
    const parameters = await session.merged(adam.weights);
    return { weights: adam.weights, layers: groups.names, entropies, parameters };
  } finally {
    session.destroy();
  }
}

/** λ with Adam's moments. */
class LayerAdam {
  readonly weights: number[][];
  private readonly settings: LayerWeightSettings;
  private readonly moments: { m: number; v: number }[][];
  private steps = 0;

  constructor(models: number, layers: number, settings: LayerWeightSettings) {
    this.settings = settings;
    const table = <T>(value: () => T) =>
      Array.from({ length: models }, () => Array.from({ length: layers }, value));
    this.weights = table(() => settings.initial);
    this.moments = table(() => ({ m: 0, v: 0 }));
  }

  move(gradient: readonly (readonly number[])[]): void {
    const { beta1, beta2, eps } = ADAM;
    const { learningRate, clamp } = this.settings;
    this.steps += 1;
    this.weights.forEach((row, k) => {
      row.forEach((value, l) => {
        const moment = this.moments[k]?.[l];
        const g = gradient[k]?.[l] ?? 0;
        if (moment === undefined) return;
        moment.m = beta1 * moment.m + (1 - beta1) * g;
        moment.v = beta2 * moment.v + (1 - beta2) * g * g;
        const mean = moment.m / (1 - beta1 ** this.steps);
        const size = Math.sqrt(moment.v / (1 - beta2 ** this.steps));
        const moved = value - (learningRate * mean) / (size + eps);
        row[l] = clamp ? Math.min(1, Math.max(0, moved)) : moved;
      });
    });
  }
}
