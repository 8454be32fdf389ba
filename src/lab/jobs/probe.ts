import type { DeviceBuffer } from '../../compute/executor.ts';
import { embeddingModel } from '../../nn/embedding-model/embedding-model.ts';
import { languageModel } from '../../nn/transformer/language-model.ts';
import { LossProbe } from '../../nn/transformer/loss-probe.ts';
import { embeddingBatches } from '../../rec/embedding/embedding-batches.ts';
import { languageBatches } from '../../rec/training/train-cell.ts';
import { titleRows } from '../../rec/rows/title-rows.ts';
import { tokenRows } from '../../rec/rows/token-rows.ts';
import type { TrainingRow } from '../../rec/rows/training-rows.ts';
import type { Sample } from '../../rec/data/types.ts';
import { AppError } from '../../core/errors.ts';
import { asArtefact, idsArtefact } from '../results/artefacts.ts';
import type { JobOf } from '../job/job.ts';
import type { EmbeddingTraining, ProbeSettings } from '../job/job-settings.ts';
import type { StoredCheckpoint } from '../checkpoints/lab-store.ts';
import { vocabularyOf } from '../checkpoints/model-config.ts';
import { testUsers } from './evaluate.ts';
import { inputOf, type JobContext } from '../work/job-context.ts';
import { inputTokenizer, textTokensOf } from './tokenizer.ts';
import { titleFormat } from '../paradigms/title/train-titles.ts';
import { tokenLevels } from './train.ts';

/** Seed of what a probe draws: the same negatives and order for every model and experiment. */
const PROBE_SEED = 0;

export interface DomainProbe {
  readonly loss: LossProbe;
  readonly users: number;
}

/**
 * The loss of one domain's test targets given their histories, in the paradigm's own terms: mean
 * cross-entropy of the target's id tokens or title tokens, or InfoNCE against fixed negatives.
 * @param weights where the parameters to measure lie
 */
export async function openProbe(
  job: JobOf<'analysis'>,
  settings: ProbeSettings,
  place: number,
  { meta }: StoredCheckpoint,
  weights: DeviceBuffer,
  context: JobContext,
): Promise<DomainProbe> {
  const domain = settings.domains[place] ?? '';
  const data = context.domainData(domain);
  const { executor } = context;
  const { samples } = testUsers(data, settings);
  const { paradigm } = settings;
  if (paradigm?.kind === 'embedding') {
    const tokenizer = await inputTokenizer(context, inputOf(job.inputs, 'tokenizer'));
    const itemTokens = textTokensOf(tokenizer, data, paradigm.textTokens);
    const model = embeddingModel(meta.config, { falseNegative: paradigm.falseNegative });
    const rows = rowsOf(samples, paradigm.inputs);
    const batches = [...embeddingBatches(rows, itemTokens, sizesOf(paradigm)).epoch(0)];
    return { loss: await LossProbe.create(executor, model, batches, weights), users: rows.length };
  }
  const vocabulary = vocabularyOf(meta.vocabulary);
  const rows = rowsOf(samples, settings.sampling.history);
  const levels = settings.splitSoftmax === true ? tokenLevels(meta.vocabulary, 1) : undefined;
  let tokens;
  if (paradigm === undefined) {
    const id = job.inputs.ids?.[place];
    if (id === undefined) throw new AppError('internal', `The plan gave no ids of ${domain}.`);
    const stored: unknown = await context.store.getArtefact(id);
    const { ids } = asArtefact(idsArtefact, stored, `semantic ids ${domain}`);
    tokens = tokenRows(rows, ids, vocabulary);
  } else {
    const tokenizer = await inputTokenizer(context, inputOf(job.inputs, 'tokenizer'));
    tokens = titleRows(rows, titleFormat(tokenizer, data, paradigm, vocabulary));
  }
  const { tokensPerBatch } = settings;
  const options = { tokensPerBatch, seed: PROBE_SEED, epoch: 0 };
  const batches = languageBatches(tokens, options, levels);
  const model = languageModel(meta.config, levels);
  return { loss: await LossProbe.create(executor, model, batches, weights), users: rows.length };
}

/** Histories with their targets, which alone are scored. */
function rowsOf(samples: readonly Sample[], history: number): TrainingRow[] {
  return samples.map(({ user, history: all, target }) => {
    const items = [...all.slice(-history), target];
    return { user, start: 0, items, scored: items.map((_, at) => at === items.length - 1) };
  });
}

function sizesOf({ sequencesPerBatch, negatives }: EmbeddingTraining) {
  return { sequences: sequencesPerBatch, negatives, seed: PROBE_SEED };
}
