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

/** A training that is about to begin, or to go on, with what its watchers are told. */
export interface OpenedTraining {
  /** As it was shown so far; grows. */
  readonly curve: LossCurve;
  readonly hooks: TrainHooks;
  /** What an earlier run of the job had finished; null: it has to be trained. */
  readonly finished: TrainedCell | null;
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
  return trainWithCurve(context, (hooks) => trainCell(executor, input, hooks));
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

/** Trains, or takes what an earlier run of the job has trained; with its curve. */
export async function trainWithCurve(
  context: JobContext,
  train: (hooks: TrainHooks) => Promise<TrainedCell>,
): Promise<TrainedRun<Float32Array<ArrayBuffer>>> {
  const { curve, hooks, finished } = await openTraining(context);
  const trained = finished ?? (await train(hooks));
  context.snapshots?.end(trained, curve);
  return { ...trained, curve };
}

/**
 * The next training of a job: hooks that report progress and loss, keep the curve for the checkpoint,
 * and go on where an interrupted run was.
 */
export async function openTraining(context: JobContext): Promise<OpenedTraining> {
  const closeShares: number[] = [];
  const curve: { steps: number[]; losses: number[]; gradNorms: number[]; closeShares?: number[] } =
    { steps: [], losses: [], gradNorms: [] };
  const add = (part: LossCurve): void => {
    // One by one: a curve that is continued may have more numbers than a call takes arguments.
    for (const step of part.steps) curve.steps.push(step);
    for (const loss of part.losses) curve.losses.push(loss);
    for (const norm of part.gradNorms) curve.gradNorms.push(norm);
    if (part.closeShares !== undefined) {
      for (const share of part.closeShares) closeShares.push(share);
      curve.closeShares = closeShares;
    }
    if (part.steps.length > 0) context.loss(part);
  };
  const kept = await context.snapshots?.next(curve, add);
  const hooks: TrainHooks = {
    signal: context.signal,
    onProgress: ({ done, total, steps, losses, gradNorms, closeShares: shares }) => {
      context.progress(done, total, 'steps');
      const own = { steps: [...steps], losses: [...losses], gradNorms: [...gradNorms] };
      add({ ...own, ...(shares && { closeShares: [...shares] }) });
    },
    ...(kept && { snapshots: kept.snapshots }),
  };
  return { curve, hooks, finished: kept?.finished ?? null };
}
