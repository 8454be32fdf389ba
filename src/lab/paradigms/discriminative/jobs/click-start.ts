import { strategyStart } from '../../../../rec/behaviour/strategies.ts';
import { behaviourLayout } from '../layout.ts';
import { behaviourConfig, behaviourDataIn } from '../behaviour-source.ts';
import type { ClickHeadSettings } from './click-settings.ts';
import type { JobOf } from '../../../job/job.ts';
import type { StoredCheckpoint } from '../../../checkpoints/lab-store.ts';
import { checkpointMeta } from '../../../work/provenance.ts';
import { behaviourMeta, behaviourOf, CLICK_START } from '../behaviour-meta.ts';
import { defineCheckpointJob } from '../../../work/define-job.ts';
import { deriveSeed, inputCheckpoint, type JobContext } from '../../../work/job-context.ts';

/** Gives pretrained parameters a click head: what cells start from, and the base of their merges. */
export interface ClickStartSettings {
  readonly head: ClickHeadSettings;
}

declare module '../../../job/job.ts' {
  interface JobTypes {
    readonly 'click-start': MakesCheckpoint<ClickStartSettings, { readonly pretrained: string }>;
  }
}

/** Pretrained parameters with a random click head: FT's start, and the base of merges of cells. */
async function startClicks(
  job: JobOf<'click-start'>,
  context: JobContext,
): Promise<StoredCheckpoint> {
  const { inputs, settings, seed } = job;
  const pretrained = await inputCheckpoint(context, inputs.pretrained);
  const { config: sizes, data } = behaviourOf(pretrained.meta);
  const { vocabulary } = behaviourDataIn(context);
  const { history } = context.experiment.contexts;
  const config = behaviourConfig(sizes, vocabulary, history, settings.head);
  const { parameters } = strategyStart('FT', {
    config,
    pretrained: { layout: behaviourLayout(pretrained.meta), parameters: pretrained.parameters },
    seed: deriveSeed(seed, CLICK_START),
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

export const clickStartJob = defineCheckpointJob({
  kind: 'click-start',
  rank: 4,
  makes: 'checkpoint',
  card: 'A pretrained transformer with an untrained click head',
  model: { role: 'start', name: 'base' },
  run: startClicks,
});
