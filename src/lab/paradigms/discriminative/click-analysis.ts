import { AppError } from '../../../core/errors.ts';
import { denseParameters } from '../../../nn/behaviour-model/behaviour-layout.ts';
import type { ClickMetrics, EpochMetrics } from '../../../rec/behaviour/behaviour-types.ts';
import { fitPowerLaw } from '../../../rec/ctr/power-law.ts';
import type { ArtefactOf } from '../../analysis/analysis-result.ts';
import type { BehaviourFacts, CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';
import type { JobOf } from '../../job/job.ts';
import { behaviourOf } from './behaviour-meta.ts';
import { inputCheckpoint, type JobContext } from '../../work/job-context.ts';

/** The curves that the cells of a seed brought from their training. */
export async function learningCurves(
  job: JobOf<'analysis'>,
  context: JobContext,
): Promise<ArtefactOf<'learning-curves'>> {
  const metas = await metasOf(job, context);
  return {
    kind: 'learning-curves',
    curves: metas.map((meta) => ({
      ...{ domain: meta.context?.domain ?? '', stage: meta.context?.stage ?? '' },
      ...{ strategy: transferOf(meta).strategy, epochs: epochsOf(meta).map(copied) },
    })),
  };
}

type Rung = ArtefactOf<'scaling'>['rungs'][number];

/** Test metrics against the number of dense parameters, and a power law for each strategy. */
export async function scaling(
  job: JobOf<'analysis'>,
  context: JobContext,
): Promise<ArtefactOf<'scaling'>> {
  const { settings } = job;
  if (settings.kind !== 'scaling') throw new AppError('internal', 'This is no scaling study.');
  const { domain, epoch } = settings;
  const rungs = new Map<string, Rung & { seeds: Rung['seeds'][number][] }>();
  for (const meta of await metasOf(job, context)) {
    const { config } = behaviourOf(meta);
    const { layers, width, heads } = config;
    const { strategy } = transferOf(meta);
    const key = JSON.stringify([strategy, layers, width, heads]);
    const rung = rungs.get(key) ?? {
      ...{ strategy, layers, width, heads, denseParameters: denseParameters(config) },
      seeds: [],
    };
    rungs.set(key, rung);
    rung.seeds.push({ seed: meta.seed, ...measured(behaviourOf(meta), epoch) });
  }
  const all = [...rungs.values()].sort((a, b) => a.denseParameters - b.denseParameters);
  const strategies = [...new Set([...rungs.values()].map(({ strategy }) => strategy))];
  const fits = strategies.flatMap((strategy) => {
    const own = all.filter((rung) => rung.strategy === strategy);
    return (['auc', 'log-loss'] as const).map((metric) => ({
      ...{ strategy, metric },
      fit: fitPowerLaw(
        own.flatMap(({ denseParameters: x, seeds }) =>
          seeds.flatMap(({ auc, logLoss }) => {
            const y = metric === 'auc' ? auc : logLoss;
            return y === null ? [] : [{ x, y }];
          }),
        ),
        { minimise: metric === 'log-loss' },
      ),
    }));
  });
  return { kind: 'scaling', domain, epoch, rungs: all, fits };
}

/**
 * Of what the model is (its last epoch, or what validation chose), or each metric at its best epoch,
 * which was then chosen on the test.
 */
function measured(
  { epochs = [], kept }: Pick<BehaviourFacts, 'epochs' | 'kept'>,
  epoch: 'last' | 'best',
): { readonly auc: number | null; readonly logLoss: number } {
  const trained = epochs.filter((one) => one.epoch > 0);
  const last = (kept ?? trained.at(-1) ?? epochs.at(-1))?.test;
  if (last === undefined) throw new AppError('internal', 'A click model has no measurements.');
  if (epoch === 'last') return { auc: last.auc, logLoss: last.logLoss };
  const aucs = trained.flatMap(({ test }) => (test.auc === null ? [] : [test.auc]));
  return {
    auc: aucs.length === 0 ? null : Math.max(...aucs),
    logLoss: Math.min(last.logLoss, ...trained.map(({ test }) => test.logLoss)),
  };
}

async function metasOf(
  { inputs }: JobOf<'analysis'>,
  context: JobContext,
): Promise<CheckpointMeta[]> {
  const models = inputs.models ?? [];
  return Promise.all(models.map(async (id) => (await inputCheckpoint(context, id)).meta));
}

function transferOf(meta: CheckpointMeta) {
  const { transfer } = behaviourOf(meta);
  if (transfer !== undefined) return transfer;
  throw new AppError('internal', `"${meta.name}" was not made by a transfer strategy.`);
}

function epochsOf(meta: CheckpointMeta): readonly EpochMetrics[] {
  return behaviourOf(meta).epochs ?? [];
}

function copied({ epoch, train, test }: EpochMetrics) {
  const copy = (metrics: ClickMetrics) => ({ ...metrics });
  return { epoch, train: copy(train), test: copy(test) };
}
