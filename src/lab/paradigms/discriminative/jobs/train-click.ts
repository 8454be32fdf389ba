import type { BehaviourConfig } from '../../../../nn/behaviour-model/behaviour-layout.ts';
import type { DinConfig } from '../../../../nn/din-model/din-layout.ts';
import { drawProbe } from '../../../../rec/behaviour/draw-probe.ts';
import {
  dinStart,
  strategyStart,
  type NamedArena,
  type StrategyStart,
} from '../../../../rec/behaviour/strategies.ts';
import { trainClicks } from '../../../../rec/behaviour/train-clicks.ts';
import { behaviourLayout } from '../layout.ts';
import { strategyLabel } from '../columns.ts';
import { type Ranker } from '../section.ts';
import type { JobOf } from '../../../job/job.ts';
import type { StoredCheckpoint } from '../../../checkpoints/lab-store.ts';
import { checkpointMeta } from '../../../work/provenance.ts';
import {
  CLICK_START,
  GPSD_BETAS,
  behaviourMeta,
  behaviourOf,
  clickModelOf,
  dinConfig,
} from '../behaviour-meta.ts';
import { clickCurve } from './click-curve.ts';
import { deriveSeed, inputCheckpoint, type JobContext } from '../../../work/job-context.ts';
import { keepingOf } from '../../../work/keep-epochs.ts';
import { openTraining, runFacts } from '../../../work/train-on.ts';
import { defineCheckpointJob } from '../../../work/define-job.ts';
import type { Strategy } from '../../../../rec/behaviour/behaviour-types.ts';
import type { ClickOptimizer } from './click-settings.ts';
import { behaviourDataIn, clicksOf } from '../behaviour-source.ts';
import { splitClicks } from './held-clicks.ts';

/** Trains one cell: a domain's impressions of one stage by one transfer strategy. */
export interface ClickTrainSettings {
  readonly domain: string;
  readonly stage: string;
  readonly strategy: Strategy;
  /** Absent: the transformer that was pretrained. */
  readonly ranker?: Ranker;
  readonly sparse: 'items' | 'tables';
  readonly impressionsPerBatch: number;
  /** Training impressions that are measured after every epoch. */
  readonly probe: number;
  /** Measured so often within the first epoch; absent: at its end alone. */
  readonly firstEpochParts?: number;
  readonly optimizer: ClickOptimizer;
}

declare module '../../../job/job.ts' {
  interface JobTypes {
    readonly 'train-click': MakesCheckpoint<
      ClickTrainSettings,
      { readonly data: string; readonly pretrained: string; readonly start: string }
    >;
  }
}

/** Trains one cell by one transfer strategy, measured on both sides after every epoch. */
async function trainClick(
  job: JobOf<'train-click'>,
  context: JobContext,
): Promise<StoredCheckpoint> {
  const { settings, inputs, seed } = job;
  const { domain, stage, ranker, optimizer, impressionsPerBatch } = settings;
  const data = behaviourDataIn(context);
  const clicks = clicksOf(data, domain);
  const start = await inputCheckpoint(context, inputs.start);
  const pretrained = await inputCheckpoint(context, inputs.pretrained);
  const { config, data: dataId } = behaviourOf(start.meta);
  const source = { layout: behaviourLayout(pretrained.meta), parameters: pretrained.parameters };
  const own = { config, ...(ranker === 'din' && { din: dinConfig(config) }) };
  const transfer = startOf(own, source, settings, deriveSeed(seed, CLICK_START));
  const split = splitClicks(domain, clicks.train.get(stage) ?? [], optimizer.validation);
  const samples = split.rows;
  const { curve, hooks } = await openTraining(context);
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
      held: split.held,
      keeping: (layout, measure) =>
        keepingOf(context.executor, optimizer, {
          layout,
          before: transfer.parameters,
          measure,
        }),
      frozen: transfer.frozen,
      settings: {
        ...optimizer,
        betas: GPSD_BETAS,
        samplesPerBatch: impressionsPerBatch,
        ...(settings.firstEpochParts !== undefined && {
          firstEpochParts: settings.firstEpochParts,
        }),
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
        ...(trained.kept && { kept: trained.kept }),
      }),
      context: { domain, stage: label.stage },
      parents: [{ role: 'pretrained', id: inputs.pretrained }],
      ...runFacts({ ...trained, curve }),
    }),
  };
}

/** Random values with what the strategy takes over; other architectures have the tables alone. */
function startOf(
  { config, din }: { readonly config: BehaviourConfig; readonly din?: DinConfig },
  pretrained: NamedArena,
  { strategy, sparse }: JobOf<'train-click'>['settings'],
  seed: number,
): StrategyStart {
  return din === undefined
    ? strategyStart(strategy, { config, pretrained, seed, sparse })
    : dinStart(strategy, { config: din, pretrained, seed, sparse });
}

export const trainClickJob = defineCheckpointJob({
  kind: 'train-click',
  rank: 5,
  makes: 'checkpoint',
  card: 'A click model: a cell of the grid',
  model: { role: 'cell' },
  run: trainClick,
  retell: (job, meta, context) => {
    const { behaviour } = meta;
    if (behaviour === undefined) return;
    const { config, transfer } = behaviour;
    const curve = clickCurve(job, config, behaviourLayout(meta), transfer?.frozen ?? []);
    context.epochs(curve, behaviour.epochs ?? [], 0);
  },
});
