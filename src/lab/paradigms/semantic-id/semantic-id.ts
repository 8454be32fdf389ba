import type { Fault } from '../../../core/errors.ts';
import type { ParameterLayout } from '../../../core/layout.ts';
import { compactIdTable } from '../../../nn/compact-id-model/compact-id-layout.ts';
import { parameterCount } from '../../../nn/graph/parameter-table.ts';
import { parameterLayout } from '../../../nn/transformer/layout.ts';
import type { LocatedDocument } from '../../../io/yaml/located-yaml.ts';
import type { CodeTree } from '../../../nn/compact-id-model/code-tree.ts';
import type { Dataset } from '../../../rec/data/types.ts';
import type { Experiment, ImportedCompactModel } from '../../experiment/experiment-types.ts';
import type { CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';
import { paradigmPlan } from '../../experiment/paradigm-plans.ts';
import { planRankings } from '../../planning/plan-rankings.ts';
import { inspectData, type DomainChecks } from '../../work/inspect-data.ts';
import {
  CAUSAL_LINES,
  exportLanguageModel,
  languageModelPieces,
  TRANSFORMERS,
} from '../language/export-language-model.ts';
import { languageImport } from '../language/language-import.ts';
import { languageNeed, textNeed } from '../language/language-need.ts';
import type { Inspection, ModelUsage, Paradigm } from '../contract/paradigm.ts';
import { baseJob } from './base.ts';
import { importedIdFaults } from './compact/check-imported.ts';
import { compactBaseJob } from './compact/compact-base.ts';
import { compactConfigOf } from './compact/compact-config.ts';
import { compactImport } from './compact/compact-import.ts';
import { compactNeed, compactParameters, inspectedTree } from './compact/compact-need.ts';
import { compactUsage, exportCompact } from './compact/export-compact.ts';
import { asCompact, compactFactsOf, openCompact } from './compact/compact-model.ts';
import { semanticIdDocument } from './document.ts';
import { explainIds } from './explain-ids.ts';
import { idFaults } from './id-faults.ts';
import { idNotes, inspectedIds } from './id-notes.ts';
import { idsJob } from './ids.ts';
import { idRanking, planIdChain } from './plan.ts';
import { openIdLossProbe } from './probe.ts';
import { countUnreachable, idRows, openIdProbe, openIdRanker, rankIds } from './rank-ids.ts';
import { idModel } from './sizes.ts';
import { extendWithIds, idTrainingRows, trainIds } from './train-ids.ts';

/** LC-Rec: items are paths of codes, decoded by beam search over a trie. */
export const semanticId: Paradigm<'semantic-id'> = {
  document: semanticIdDocument,
  jobs: [idsJob, baseJob, compactBaseJob],
  cells: {
    train: trainIds,
    rank: rankIds,
    explain: explainIds,
    countUnreachable,
    extend: extendWithIds,
    openRanker: openIdRanker,
    openProbe: openIdLossProbe,
    trainingRows: idTrainingRows,
    openLiveProbe: openIdProbe,
  },
  ranking: idRanking,
  imports: [compactImport, languageImport(idModel)],
  planChain: planIdChain,
  planEvaluations: (builder, chain, merges) => planRankings(builder, chain, merges, idRanking),
  probe: (experiment) => {
    if (experiment.base.text === null) return {};
    return { splitSoftmax: paradigmPlan(experiment, 'semantic-id').tasks.splitSoftmax };
  },
  restored: idRows,
  digest: (dataset) => Promise.resolve(dataset.digest),
  analyses: {},
  inspect: inspectIds,
  model: idModel,
  parameters: (experiment, facts) => {
    const { form } = paradigmPlan(experiment, 'semantic-id');
    return form.kind === 'compact'
      ? compactParameters(experiment, form, facts)
      : parameterCount(parameterLayout(idModel(experiment)));
  },
  memoryNeed: async (experiment, profile, facts) => {
    const { form } = paradigmPlan(experiment, 'semantic-id');
    const training =
      form.kind === 'compact'
        ? await compactNeed(experiment, profile, form, facts)
        : await languageNeed(experiment, profile, idModel(experiment));
    const texts = experiment.ids.features === 'base' && (await textNeed(experiment, profile));
    return { training, titles: null, ...(texts !== false && { texts }) };
  },
  layout: layoutOfIds,
  mergedFacts: compactFactsOf,
  exportFiles: (store, stored, readme) => {
    const compact = asCompact(stored);
    return compact === null
      ? exportLanguageModel(store, stored, readme)
      : exportCompact(store, compact, readme);
  },
  exportPieces: async function* (store, stored, readme) {
    const compact = await openCompact(stored);
    if (compact === null) yield* languageModelPieces(store, stored, readme);
    else yield* await exportCompact(store, compact, readme);
  },
  usage,
};

/** With the prefix trees of compact ids: the size of their models depends on them. */
function inspectIds(
  experiment: Experiment,
  dataset: Dataset,
  placeOf?: LocatedDocument['placeOf'],
): Inspection {
  const trees: CodeTree[] = [];
  const isCompact = paradigmPlan(experiment, 'semantic-id').form.kind === 'compact';
  const imported = experiment.base.compact?.imported ?? null;
  const notes: DomainChecks['notes'] = (_, all, data) => {
    const ids = inspectedIds(experiment, all, data);
    if (isCompact) trees.push(inspectedTree(experiment, ids, data.itemIds.length));
    return idNotes(experiment, all, data);
  };
  const faults: DomainChecks['faults'] = (_, data, place) => {
    const own = idFaults(experiment, data, place);
    const ids = imported === null ? null : inspectedIds(experiment, dataset, data);
    if (imported === null || ids === null) return own;
    return [...own, ...otherIdFaults(imported, { ...data, ids }, place)];
  };
  const found = inspectData(experiment, dataset, placeOf, { faults, notes });
  return { ...found, behaviour: null, ...(trees.length > 0 && { trees }) };
}

/** Ids that are not those of the base from files; the run compares those that are not known yet. */
function otherIdFaults(
  imported: ImportedCompactModel,
  domain: Parameters<typeof importedIdFaults>[1],
  placeOf: LocatedDocument['placeOf'],
): readonly Fault[] {
  const { listed, total } = importedIdFaults(imported, domain);
  if (total === 0) return [];
  const message = `The ids of "${domain.domain}" are not those of the base from files (differences: ${String(total)}).`;
  return [{ place: placeOf(['base', 'source']), message }, ...listed];
}

/** Of the compact form, or of a language model. */
function layoutOfIds(meta: Pick<CheckpointMeta, 'config' | 'compact'>): ParameterLayout {
  const compact = compactConfigOf(meta);
  return compact === null ? parameterLayout(meta.config) : compactIdTable(compact).layout;
}

/** Of a model with ids, or of the language model before they are added. */
function usage(meta: CheckpointMeta): ModelUsage {
  const compact = compactConfigOf(meta);
  if (compact !== null) return compactUsage(compact);
  const { vocabulary } = meta;
  const common = { library: TRANSFORMERS, python: CAUSAL_LINES };
  if (vocabulary.levels === 0) {
    const io = ['It knows the texts of the items, and no interaction.'];
    return { tag: 'language-model', io, ...common };
  }
  const begin =
    vocabulary.special === undefined
      ? '`<bos>`'
      : `the token ${String(vocabulary.special.bos)} (\`bos_token_id\`)`;
  return {
    tag: semanticIdDocument.kind,
    io: [
      `An item is ${String(vocabulary.levels)} tokens of ${String(vocabulary.codes)} codes each (\`semantic_ids.json\`).`,
      `Input: ${begin} and the tokens of the history, oldest first. Output: the tokens of the next item.`,
    ],
    ...common,
  };
}
