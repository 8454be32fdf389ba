import { wholeArena, type Arena } from '../../core/arena-source.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import type { TokenLevels } from '../../nn/inputs/target-buffers.ts';
import type { TokenRow } from '../../rec/rows/token-rows.ts';
import { languageModel } from '../../nn/transformer/language-model.ts';
import { heldOutLoss } from '../../rec/training/held-out-loss.ts';
import { batchSizes, languageBatches, trainCell } from '../../rec/training/train-cell.ts';
import type { TrainedCell, TrainHooks } from '../../rec/training/train-loop.ts';
import type { CheckpointMeta, LossCurve } from '../checkpoints/checkpoint-meta.ts';
import type { OptimizerSettings } from '../job/job-settings.ts';
import type { JobContext } from './job-context.ts';
import { keepingOf } from './keep-epochs.ts';
import { PROBE_SEED } from './loss-probes.ts';

export interface TrainingRun {
  readonly config: ModelConfig;
  readonly parameters: Arena;
  readonly rows: readonly TokenRow[];
  readonly optimizer: OptimizerSettings;
  readonly seed: number;
  /** Split softmax of id tokens; absent: one softmax over all tokens. */
  readonly levels?: TokenLevels;
  /** Rows that predict ids and rows that predict text share batches. */
  readonly mixesRows?: boolean;
  /** Rows that choose an epoch, where the optimizer's settings ask for it. */
  readonly held?: readonly TokenRow[];
}

export interface TrainedRun<Values extends Arena = Arena> extends Omit<TrainedCell, 'parameters'> {
  readonly parameters: Values;
  readonly curve: LossCurve;
}

/** What a checkpoint keeps of its training. */
export function runFacts({
  steps,
  curve,
  choice,
  warmup,
}: Omit<TrainedRun, 'parameters'>): Pick<CheckpointMeta, 'steps' | 'curve' | 'choice' | 'warmup'> {
  return { steps, curve, ...(choice && { choice }), ...(warmup && { warmup }) };
}

/** One training run with its loss curve reported; zero epochs leave the parameters as they are. */
export async function trainOn(
  context: JobContext,
  { config, parameters, rows, optimizer, seed, levels, held = [], mixesRows }: TrainingRun,
): Promise<TrainedRun> {
  if (optimizer.epochs === 0) return untrained(parameters);
  const { curve, hooks } = curveHooks(context);
  const { executor } = context;
  const settings = { ...optimizer, seed };
  const start = await wholeArena(parameters);
  const model = languageModel(config, levels);
  const options = { ...batchSizes(optimizer), seed: PROBE_SEED, epoch: 0 };
  const keeping = keepingOf(executor, optimizer, {
    layout: model.layout,
    before: start,
    measure:
      held.length === 0
        ? null
        : heldOutLoss(executor, model, languageBatches(held, options, levels)),
  });
  const more = {
    ...(levels && { levels }),
    ...(mixesRows && { mixesRows }),
    ...(keeping && { keeping }),
  };
  const input = { config, parameters: start, rows, settings, ...more };
  return { ...(await trainCell(executor, input, hooks)), curve };
}

/** The result of zero epochs. What is read stays where it is. */
export function untrained<Values extends Arena>(parameters: Values): TrainedRun<Values> {
  return {
    // A slice has the type of what it is of.
    parameters: parameters instanceof Float32Array ? (parameters.slice() as Values) : parameters,
    steps: 0,
    curve: { steps: [], losses: [], gradNorms: [] },
  };
}

/** Hooks that report progress and loss, and keep the curve for the checkpoint. */
export function curveHooks(context: JobContext): { curve: LossCurve; hooks: TrainHooks } {
  const closeShares: number[] = [];
  const curve: { steps: number[]; losses: number[]; gradNorms: number[]; closeShares?: number[] } =
    { steps: [], losses: [], gradNorms: [] };
  const hooks: TrainHooks = {
    signal: context.signal,
    onProgress: ({ done, total, steps, losses, gradNorms, closeShares: shares }) => {
      curve.steps.push(...steps);
      curve.losses.push(...losses);
      curve.gradNorms.push(...gradNorms);
      if (shares !== undefined) {
        closeShares.push(...shares);
        curve.closeShares = closeShares;
      }
      context.progress(done, total, 'steps');
      if (steps.length > 0) {
        const own = { steps: [...steps], losses: [...losses], gradNorms: [...gradNorms] };
        context.loss({ ...own, ...(shares && { closeShares: [...shares] }) });
      }
    },
  };
  return { curve, hooks };
}
