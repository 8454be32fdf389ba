import { initialBehaviour } from '../../nn/behaviour-model/behaviour-layout.ts';
import { pretrainBehaviour } from '../../rec/behaviour/pretrain-behaviour.ts';
import { behaviourConfig } from '../behaviour-source.ts';
import type { PretrainJob } from '../job.ts';
import type { StoredCheckpoint } from '../lab-store.ts';
import { checkpointMeta } from '../provenance.ts';
import { deriveSeed, type JobContext } from './job-context.ts';
import { curveHooks, untrained } from './train-on.ts';
import { GPSD_BETAS, behaviourMeta } from './behaviour-meta.ts';

/** Next-item pretraining on the sequences of all domains, which hold no target of an impression. */
export async function pretrain(job: PretrainJob, context: JobContext): Promise<StoredCheckpoint> {
  const { settings, inputs, seed } = job;
  const { sizes, history, sequencesPerBatch, negatives, optimizer } = settings;
  const { vocabulary, domains } = context.behaviourData();
  const config = behaviourConfig(sizes, vocabulary, history, null);
  const parameters = initialBehaviour(config, false, deriveSeed(seed, 'init'));
  const { curve, hooks } = curveHooks(context);
  const trained =
    optimizer.epochs === 0
      ? untrained(parameters)
      : await pretrainBehaviour(
          context.executor,
          {
            config,
            parameters,
            vocabulary,
            sequences: domains.flatMap(({ sequences }) => sequences),
            settings: {
              ...optimizer,
              betas: GPSD_BETAS,
              history,
              sequencesPerBatch,
              negatives,
              seed: deriveSeed(seed, 'pretrain'),
            },
          },
          hooks,
        );
  return {
    parameters: trained.parameters,
    meta: checkpointMeta(job, context, {
      ...behaviourMeta({ config, hasHead: false, data: inputs.data }),
      context: null,
      parents: [],
      steps: trained.steps,
      curve,
    }),
  };
}
