import type { Experiment } from '../experiment/experiment-types.ts';
import type { ModelLabel, JobOf, SettingsOf } from '../job/job.ts';
import { optimizerOf } from '../planning/plan-optimizer.ts';
import { idOf, type Chain } from './plan-training.ts';
import type { PlannedMerge } from './plan-merges.ts';
import type { PlanBuilder } from '../planning/plan-builder.ts';
import { period, seedSuffix } from '../experiment/titles.ts';
import type { Period } from '../../rec/data/types.ts';

/**
 * Every checkpoint on its own context and, for the cross matrix, on every other domain; and the
 * baselines. Across domains a checkpoint decodes the evaluated domain's ids with the id rows it
 * has: that is the number which shows what token ids of two domains mean to each other.
 */
export async function planEvaluations(
  builder: PlanBuilder,
  chain: Chain,
  merges: readonly PlannedMerge[],
): Promise<void> {
  const { experiment } = builder;
  const { domains } = experiment.contexts;
  if (experiment.evaluation.baselines) await planBaselines(builder, chain);
  await planItemTransformers(builder, chain);
  // A language model that never saw an id, and an untrained user encoder, have nothing to rank with.
  const ranks = experiment.base.text === null || experiment.paradigm.kind === 'title';
  for (const domain of ranks ? domains : []) {
    const label = { model: 'base', kind: 'base', own: true } as const;
    await addEvaluation(builder, chain, label, chain.base, domain, null);
  }
  for (const [domain, row] of chain.cells) {
    for (const [stage, id] of row) {
      for (const other of domains) {
        const label = { model: `${domain}/${stage}`, kind: 'cell', own: other === domain } as const;
        await addEvaluation(builder, chain, label, id, other, null);
      }
    }
  }
  for (const { id, model, own } of merges) {
    for (const domain of domains) {
      const place = own.find((candidate) => candidate.domain === domain);
      const label = { model, kind: 'merge', own: place !== undefined } as const;
      await addEvaluation(builder, chain, label, id, domain, place?.rows ?? null);
    }
  }
}

const VALIDATION = { split: 'validation' } as const;

/** The windows a model is measured on in its own contexts, and how. */
export function windowSettings(
  { experiment, sampling }: PlanBuilder,
  domain: string,
  users: number,
): { readonly where: string; readonly settings: SettingsOf<'evaluate'> }[] {
  const { beam, batchUsers, cutoffs } = experiment.evaluation;
  const { test, validation } = experiment.contexts;
  const settings = (
    window: Period,
    split: Pick<SettingsOf<'evaluate'>, 'split'>,
  ): SettingsOf<'evaluate'> => ({
    domain,
    test: period(window),
    ...split,
    sampling,
    users,
    beam,
    batchUsers,
    cutoffs,
    ...rankingOf(experiment),
  });
  return [
    { where: domain, settings: settings(test, {}) },
    ...(validation === null
      ? []
      : [{ where: `${domain} validation`, settings: settings(validation, VALIDATION) }]),
  ];
}

async function addEvaluation(
  builder: PlanBuilder,
  chain: Chain,
  label: ModelLabel,
  model: string,
  domain: string,
  rows: string | null,
): Promise<void> {
  const { experiment } = builder;
  const { crossMatrix, maxUsers, crossUsers } = experiment.evaluation;
  if (!label.own && !crossMatrix) return;
  const users = label.own ? maxUsers : Math.min(crossUsers, maxUsers);
  const windows = windowSettings(builder, domain, users);
  for (const { where, settings } of label.own ? windows : windows.slice(0, 1)) {
    await builder.add({
      kind: 'evaluate',
      title: `evaluate ${label.model} on ${where}${seedSuffix(experiment, chain.seed)}`,
      seed: chain.seed,
      cell: null,
      settings,
      inputs: { data: idOf(chain.data, domain), model, rows, ...readersOf(builder, chain, domain) },
      label,
    });
  }
}

async function planBaselines(builder: PlanBuilder, chain: Chain): Promise<void> {
  const { experiment, sampling } = builder;
  const { domains, stages, test } = experiment.contexts;
  for (const domain of domains) {
    await builder.add({
      kind: 'baseline',
      title: `baselines ${domain}`,
      // Baselines have no randomness: one job serves every seed.
      seed: 0,
      cell: null,
      settings: {
        domain,
        test: period(test),
        lastStage: period(stages.at(-1) ?? test),
        sampling,
        users: experiment.evaluation.maxUsers,
        cutoffs: experiment.evaluation.cutoffs,
      },
      inputs: { data: idOf(chain.data, domain) },
    });
  }
}

async function planItemTransformers(builder: PlanBuilder, chain: Chain): Promise<void> {
  const { experiment, sampling } = builder;
  const { domains, stages, test } = experiment.contexts;
  const { itemTransformer, maxUsers, beam, batchUsers, cutoffs } = experiment.evaluation;
  if (itemTransformer === undefined) return;
  for (const domain of domains) {
    await builder.add({
      kind: 'item-transformer',
      title: `item-id transformer ${domain}${seedSuffix(experiment, chain.seed)}`,
      seed: chain.seed,
      cell: null,
      settings: {
        domain,
        model: experiment.model,
        period: {
          name: 'all stages',
          startMs: stages[0].startMs,
          endMs: (stages.at(-1) ?? stages[0]).endMs,
        },
        test: period(test),
        sampling,
        optimizer: optimizerOf(experiment, itemTransformer),
        users: maxUsers,
        beam,
        batchUsers,
        cutoffs,
      },
      inputs: { data: idOf(chain.data, domain) },
    });
  }
}

/** How the paradigm ranks; absent for semantic ids. */
function rankingOf({ base, paradigm }: Experiment): Pick<SettingsOf<'evaluate'>, 'paradigm'> {
  if (base.text === null || paradigm.kind === 'semantic-id') return {};
  const { textTokens } = base.text;
  if (paradigm.kind === 'title') return { paradigm: { ...paradigm, textTokens } };
  if (paradigm.kind === 'discriminative') return {};
  const { kind, inputs, maskHistory } = paradigm;
  return { paradigm: { kind, textTokens, inputs, maskHistory } };
}

/** What turns a model's answers into items: ids, or the texts' tokenizer and model. */
export function readersOf(
  { experiment }: PlanBuilder,
  { ids, text }: Chain,
  domain: string,
): Pick<JobOf<'evaluate'>['inputs'], 'ids' | 'tokenizer' | 'embedder'> {
  const { paradigm } = experiment;
  if (paradigm.kind === 'semantic-id') return { ids: idOf(ids, domain) };
  if (text === null) return {};
  const { tokenizer, languageModel } = text;
  const isGrounded = paradigm.kind === 'title' && paradigm.grounding === 'base';
  return { tokenizer, ...(isGrounded && { embedder: languageModel }) };
}
