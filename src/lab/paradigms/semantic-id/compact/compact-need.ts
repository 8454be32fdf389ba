import type { AdapterProfile } from '../../../../compute/executor.ts';
import {
  buildCodeTree,
  nodeCount,
  type CodeTree,
} from '../../../../nn/compact-id-model/code-tree.ts';
import {
  compactIdTable,
  type CompactIdConfig,
} from '../../../../nn/compact-id-model/compact-id-layout.ts';
import { compactIdModel } from '../../../../nn/compact-id-model/compact-id-model.ts';
import { parameterCount } from '../../../../nn/graph/parameter-table.ts';
import { estimateTraining, type MemoryEstimate } from '../../../../nn/training/memory-estimate.ts';
import { ITEM_BUCKETS } from '../../../../rec/rows/item-buckets.ts';
import type { SemanticIds } from '../../../../rec/data/types.ts';
import type { Experiment } from '../../../experiment/experiment-types.ts';
import type { DataFacts } from '../../contract/paradigm.ts';
import { needOf, rowShapes } from '../../language/language-need.ts';
import type { CompactForm } from '../form.ts';
import { compactConfig, jointConfig, treeOf } from './compact-config.ts';

/** Items of a catalogue that nobody has seen yet. */
const UNKNOWN_ITEMS = 4096;

/** The prefix tree of a domain as a run will have it, or one of as many items. */
export function inspectedTree(
  { ids }: Pick<Experiment, 'ids'>,
  built: SemanticIds | null,
  items: number,
): CodeTree {
  return built === null ? spreadTree(ids, items) : treeOf(built);
}

/** Items spread over all codes of the first levels: as many prefixes as so many items can have. */
function spreadTree({ levels, codes }: Experiment['ids'], items: number): CodeTree {
  const count = Math.max(2, Math.min(items, codes ** levels));
  const spread = Array.from({ length: count }, (_, item) =>
    Array.from({ length: levels }, (_, level) => Math.floor(item / codes ** level) % codes),
  );
  return buildCodeTree(spread.flat(), levels, codes);
}

function treesOf({ ids }: Experiment, { trees = [] }: DataFacts): readonly CodeTree[] {
  return trees.length > 0 ? trees : [spreadTree(ids, UNKNOWN_ITEMS)];
}

/** The model of all domains: room for the prefixes of the largest tree, or as the files have it. */
function configOf(
  { model, ids, contexts, base }: Experiment,
  form: CompactForm,
  trees: readonly CodeTree[],
): CompactIdConfig {
  const { levels, codes } = ids;
  const imported = base.compact?.imported?.config.nodes;
  const nodes = imported ?? Math.max(...trees.map(nodeCount));
  return compactConfig({ model, levels, codes, form, history: contexts.history }, nodes);
}

/** A start that is read or random is not trained. */
function trainsJointly({ base }: Experiment): boolean {
  return base.isRandom !== true && base.epochs > 0;
}

/** The items of all trees in one. */
function jointTree({ ids }: Experiment, trees: readonly CodeTree[]): CodeTree {
  const { levels, codes } = ids;
  // Nodes of an item's way, and their codes: rows count the codes of the levels before.
  const own = trees.flatMap(({ paths, codeRows }) =>
    Array.from(paths, (node) => (codeRows[node] ?? 0) % codes),
  );
  return buildCodeTree(own, levels, codes);
}

/** Values that a cell trains, in the largest domain. */
export function compactParameters(
  experiment: Experiment,
  form: CompactForm,
  facts: DataFacts,
): number {
  const config = configOf(experiment, form, treesOf(experiment, facts));
  return parameterCount(compactIdTable(config).layout);
}

/**
 * Training with rows of all lengths that histories may have, in the domain that takes most, or of
 * the joint base, whose tree is that of all domains.
 */
export async function compactNeed(
  experiment: Experiment,
  profile: AdapterProfile,
  form: CompactForm,
  facts: DataFacts,
): Promise<MemoryEstimate> {
  const trees = treesOf(experiment, facts);
  const config = configOf(experiment, form, trees);
  const { training } = experiment;
  const need = {
    shapes: rowShapes(ITEM_BUCKETS, training, config.maxPositions),
    ...needOf(training),
  };
  const models = trees.map((tree) => compactIdModel(config, tree));
  if (trainsJointly(experiment)) {
    const tree = jointTree(experiment, trees);
    models.push(compactIdModel(jointConfig(config, tree), tree));
  }
  const all: MemoryEstimate[] = [];
  for (const model of models) all.push(await estimateTraining(profile, model, need));
  return all.reduce((most, one) => (one.total > most.total ? one : most));
}
