import type { Executor } from '../../compute/executor.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import { mergeArenas } from '../../merge/arenas/merge-arenas.ts';
import { linear } from '../../merge/methods/linear.ts';
import type { EpochKeeping } from '../../rec/training/epoch-choice.ts';
import type { KeepingSettings } from '../job/job-settings.ts';

type Arena = Float32Array<ArrayBuffer>;

interface KeepingRequest {
  readonly layout: ParameterLayout;
  /** What the stage before left, in the same layout. */
  readonly before: Float32Array;
  /** Of what was held out, lower is better; null where nothing was. */
  readonly measure: ((parameters: Arena) => Promise<number>) | null;
  /** NDCG of what was held out, where it can be ranked and the settings ask for it. */
  readonly rank?: ((parameters: Arena) => Promise<number>) | null;
}

/**
 * What a run keeps, as its settings say: the best epoch by validation, the mean of the newest
 * epochs, and that averaged with the stage before: θ ← b before + (1 - b) trained.
 * @returns undefined where it is simply the last epoch
 */
export function keepingOf(
  executor: Executor,
  { validation, average }: KeepingSettings,
  { layout, before, measure, rank = null }: KeepingRequest,
): EpochKeeping | undefined {
  const ranks = validation?.metric === 'ndcg' && rank !== null;
  const own = ranks ? rank : measure;
  const validates = validation !== undefined && own !== null;
  if (!validates && average === undefined) return undefined;
  return {
    ...(validates && {
      validation: {
        measure: own,
        better: ranks ? 'higher' : 'lower',
        patience: validation.patience,
      },
    }),
    ...(average && {
      average: {
        epochs: average.epochs,
        mix: (arenas) => mixed(executor, layout, arenas, { arena: before, weight: average.before }),
      },
    }),
  };
}

/** Our own linear merge, of the arenas alike and the one before with its weight. */
async function mixed(
  executor: Executor,
  layout: ParameterLayout,
  arenas: readonly Arena[],
  before: { readonly arena: Float32Array; readonly weight: number },
): Promise<Arena> {
  const hasBefore = before.weight > 0;
  const [only] = arenas;
  if (!hasBefore && arenas.length === 1 && only !== undefined) return only;
  const each = (1 - before.weight) / arenas.length;
  const weight = [...arenas.map(() => each), ...(hasBefore ? [before.weight] : [])];
  const models = [...arenas, ...(hasBefore ? [before.arena] : [])];
  const parameters = { weight, normalize: false };
  return mergeArenas(executor, layout, { method: linear.id, parameters, base: null, models });
}
