import type { BehaviourConfig } from '../../nn/behaviour-model/behaviour-layout.ts';
import type { DinConfig } from '../../nn/din-model/din-layout.ts';
import { drawProbe } from '../../rec/behaviour/draw-probe.ts';
import {
  dinStart,
  strategyStart,
  type NamedArena,
  type StrategyStart,
} from '../../rec/behaviour/strategies.ts';
import { trainClicks } from '../../rec/behaviour/train-clicks.ts';
import { behaviourConfig } from '../inspection/behaviour-source.ts';
import { layoutOf } from '../checkpoints/checkpoint-layout.ts';
import { strategyLabel } from '../document/experiment-discriminative.ts';
import type { ClickStartJob, ClickTrainJob } from '../plan/job.ts';
import type { StoredCheckpoint } from '../run/lab-store.ts';
import { checkpointMeta } from '../run/provenance.ts';
import {
  GPSD_BETAS,
  behaviourMeta,
  behaviourOf,
  clickModelOf,
  dinConfig,
} from './behaviour-meta.ts';
import { clickCurve } from './click-curve.ts';
import { clicksOf } from './click-data.ts';
import { deriveSeed, inputCheckpoint, type JobContext } from './job-context.ts';
import { curveHooks } from './train-on.ts';

/** Seed of everything random in click models: the same for all strategies of a seed. */
const START = 'click model';

/** Pretrained parameters with a random click head: FT's start, and the base of merges of cells. */
export async function startClicks(
  job: ClickStartJob,
  context: JobContext,
): Promise<StoredCheckpoint> {
  const { inputs, settings, seed } = job;
  const pretrained = await inputCheckpoint(context, inputs.pretrained);
  const { config: sizes, data } = behaviourOf(pretrained.meta);
  const { vocabulary } = context.behaviourData();
  const { history } = context.experiment.contexts;
  const config = behaviourConfig(sizes, vocabulary, history, settings.head);
  const { parameters } = strategyStart('FT', {
    config,
    pretrained: { layout: layoutOf(pretrained.meta), parameters: pretrained.parameters },
    seed: deriveSeed(seed, START),
    sparse: 'items',
  });
  return {
    parameters,
    meta: checkpointMeta(job, context, {
      ...behaviourMeta({ config, hasHead: true, data }),
      context: null,
      parents: [{ role: 'pretrained', id: inputs.pretrained }],
      steps: 0,
      curve: null,
    }),
  };
}

/** Trains one cell by one transfer strategy, measured on both sides after every epoch. */
export async function trainClick(
  job: ClickTrainJob,
  context: JobContext,
): Promise<StoredCheckpoint> {
  const { settings, inputs, seed } = job;
  const { domain, stage, ranker, optimizer, impressionsPerBatch } = settings;
  const data = context.behaviourData();
  const clicks = clicksOf(data, domain);
  const start = await inputCheckpoint(context, inputs.start);
  const pretrained = await inputCheckpoint(context, inputs.pretrained);
  const { config, data: dataId } = behaviourOf(start.meta);
  const source = { layout: layoutOf(pretrained.meta), parameters: pretrained.parameters };
  const own = { config, ...(ranker === 'din' && { din: dinConfig(config) }) };
  const transfer = startOf(own, source, settings, deriveSeed(seed, START));
  const samples = clicks.train.get(stage) ?? [];
  const { curve, hooks } = curveHooks(context);
  const clickModel = clickModelOf(own);
  const label = clickCurve(job, config, clickModel.model.layout, transfer.frozen);
  const trained = await trainClicks(
    context.executor,
    {
      ...clickModel,
      parameters: transfer.parameters,
      vocabulary: data.vocabulary,
      samples,
      // The same for all strategies and seeds.
      trainProbe: drawProbe(samples, settings.probe, 0),
      test: clicks.test,
      frozen: transfer.frozen,
      settings: {
        ...optimizer,
        betas: GPSD_BETAS,
        samplesPerBatch: impressionsPerBatch,
        seed: deriveSeed(seed, `train/${domain}/${stage}`),
      },
    },
    {
      ...hooks,
      onEpochMetrics: (metrics) => {
        context.epochs(label, [metrics], metrics.epoch);
      },
    },
  );
  return {
    parameters: trained.parameters,
    meta: checkpointMeta(job, context, {
      ...behaviourMeta({
        ...own,
        hasHead: true,
        data: dataId,
        transfer: {
          strategy: strategyLabel(settings),
          frozen: transfer.frozen,
          transferred: transfer.report.transferred,
        },
        epochs: trained.epochs,
      }),
      context: { domain, stage: label.stage },
      parents: [{ role: 'pretrained', id: inputs.pretrained }],
      steps: trained.steps,
      curve,
    }),
  };
}

/** Random values with what the strategy takes over; other architectures have the tables alone. */
function startOf(
  { config, din }: { readonly config: BehaviourConfig; readonly din?: DinConfig },
  pretrained: NamedArena,
  { strategy, sparse }: ClickTrainJob['settings'],
  seed: number,
): StrategyStart {
  return din === undefined
    ? strategyStart(strategy, { config, pretrained, seed, sparse })
    : dinStart(strategy, { config: din, pretrained, seed, sparse });
}
