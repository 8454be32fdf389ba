import { AppError } from '../../core/errors.ts';
import type { MergeStatistics } from '../../merge/method.ts';
import { resolveParameters } from '../../merge/parameters.ts';
import { methodById } from '../../merge/registry/registry.ts';
import type { StoredCheckpoint } from '../checkpoints/lab-store.ts';
import {
  adaMergeModels,
  STATISTICS_DEFAULTS,
  statisticsOfModels,
} from '../work/merge-statistics.ts';
import { trainedModel } from './trained-model.ts';
import { deriveSeed, type JobContext } from '../work/job-context.ts';

/** What a data-based method is given: looked up in the rows that its models were trained on. */
export async function mergeStatistics(
  context: JobContext,
  { method: id, parameters }: { method: string; parameters: Readonly<Record<string, unknown>> },
  base: StoredCheckpoint | null,
  models: readonly StoredCheckpoint[],
  seed: number,
): Promise<MergeStatistics | undefined> {
  const method = methodById(id);
  const { needs = [] } = method;
  if (needs.length === 0) return undefined;
  const { executor, signal, progress } = context;
  const trained = await Promise.all(models.map((model) => trainedModel(context, model)));
  const settings = { ...STATISTICS_DEFAULTS, seed: deriveSeed(seed, 'merge data') };
  const hooks = {
    signal,
    onProgress: (done: number, total: number) => {
      progress(done, total, 'steps');
    },
  };
  if (!needs.includes('layerWeights')) {
    return statisticsOfModels(executor, needs, trained, settings, hooks);
  }
  if (base === null) {
    throw new AppError('invalid-argument', `${method.title} needs a base model.`);
  }
  const values = resolveParameters(method.parameters, parameters, models.length);
  const { weights } = await adaMergeModels(
    executor,
    base.parameters,
    trained,
    {
      ...settings,
      initial: values.number('init_values'),
      learningRate: values.number('lr'),
      steps: values.number('max_steps'),
      clamp: values.boolean('clamp'),
      layers: 'tensor',
    },
    hooks,
  );
  return { layerWeights: weights };
}
