import { wholeArena, type Arena } from '../../core/arena-source.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import type { TokenLevels } from '../../nn/inputs/target-buffers.ts';
import type { TokenRow } from '../../rec/rows/token-rows.ts';
import { trainCell } from '../../rec/training/train-cell.ts';
import type { TrainHooks } from '../../rec/training/train-loop.ts';
import type { LossCurve } from '../checkpoints/checkpoint-meta.ts';
import type { OptimizerSettings } from '../job/job-settings.ts';
import type { JobContext } from './job-context.ts';

export interface TrainingRun {
  readonly config: ModelConfig;
  readonly parameters: Arena;
  readonly rows: readonly TokenRow[];
  readonly optimizer: OptimizerSettings;
  readonly seed: number;
  /** Split softmax of id tokens; absent: one softmax over all tokens. */
  readonly levels?: TokenLevels;
}

export interface TrainedRun {
  readonly parameters: Arena;
  readonly steps: number;
  readonly curve: LossCurve;
}

/** One training run with its loss curve reported; zero epochs leave the parameters as they are. */
export async function trainOn(
  context: JobContext,
  { config, parameters, rows, optimizer, seed, levels }: TrainingRun,
): Promise<TrainedRun> {
  if (optimizer.epochs === 0) return untrained(parameters);
  const { curve, hooks } = curveHooks(context);
  const settings = { ...optimizer, seed };
  const start = await wholeArena(parameters);
  const input = { config, parameters: start, rows, settings, ...(levels && { levels }) };
  const trained = await trainCell(context.executor, input, hooks);
  return { parameters: trained.parameters, steps: trained.steps, curve };
}

/** The result of zero epochs. What is read stays where it is. */
export function untrained(parameters: Arena): TrainedRun {
  return {
    parameters: parameters instanceof Float32Array ? parameters.slice() : parameters,
    steps: 0,
    curve: { steps: [], losses: [], gradNorms: [] },
  };
}

/** Hooks that report progress and loss, and keep the curve for the checkpoint. */
export function curveHooks(context: JobContext): { curve: LossCurve; hooks: TrainHooks } {
  const curve = { steps: [] as number[], losses: [] as number[], gradNorms: [] as number[] };
  const hooks: TrainHooks = {
    signal: context.signal,
    onProgress: ({ done, total, steps, losses, gradNorms }) => {
      curve.steps.push(...steps);
      curve.losses.push(...losses);
      curve.gradNorms.push(...gradNorms);
      context.progress(done, total, 'steps');
      if (steps.length > 0) {
        context.loss({ steps: [...steps], losses: [...losses], gradNorms: [...gradNorms] });
      }
    },
  };
  return { curve, hooks };
}
