import {
  buildCodeTree,
  nodeCount,
  type CodeTree,
} from '../../../../nn/compact-id-model/code-tree.ts';
import {
  stackOf,
  type CompactIdConfig,
} from '../../../../nn/compact-id-model/compact-id-layout.ts';
import { itemPositionsFor } from '../../../../rec/rows/item-buckets.ts';
import type { SemanticIds } from '../../../../rec/data/types.ts';
import type { CheckpointMeta } from '../../../checkpoints/checkpoint-meta.ts';
import type { Experiment } from '../../../experiment/experiment-types.ts';
import type { CompactForm } from '../form.ts';

/** Constants of the blocks that the form's recipe was measured with; the document chooses sizes. */
const BLOCKS = { qkNorm: false, normEps: 1e-6, ropeTheta: 10_000 } as const;

/** What decides a compact model beside the trees of its domains. */
export interface CompactSizes {
  readonly model: Experiment['model'];
  readonly levels: number;
  readonly codes: number;
  readonly form: Omit<CompactForm, 'kind'>;
  readonly history: number;
}

/** @param nodes of the largest tree: all domains have arenas of one shape, whatever their trees are */
export function compactConfig(
  { model, levels, codes, form, history }: CompactSizes,
  nodes: number,
): CompactIdConfig {
  const { layers, width, heads, kvHeads, headWidth, feedForward } = model;
  const { trieLoss, prefixVectors } = form;
  return {
    ...BLOCKS,
    ...{ layers, width, heads, kvHeads, headWidth, feedForward },
    maxPositions: itemPositionsFor(history),
    ...{ levels, codesPerLevel: codes, nodes, trieLoss, prefixVectors },
  };
}

/**
 * The model of a joint base: the tree is that of all domains. Prefixes belong to a domain, so that it
 * has no vectors of them.
 */
export function jointConfig(config: CompactIdConfig, tree: CodeTree): CompactIdConfig {
  return { ...config, nodes: nodeCount(tree), prefixVectors: false };
}

/** The model of a stored checkpoint; null for one that is not compact. */
export function compactConfigOf({
  config,
  compact,
}: Pick<CheckpointMeta, 'config' | 'compact'>): CompactIdConfig | null {
  if (compact === undefined) return null;
  const { layers, width, heads, kvHeads, headWidth, feedForward } = config;
  const { qkNorm, normEps, ropeTheta, maxPositions } = config;
  const sizes = { layers, width, heads, kvHeads, headWidth, feedForward };
  return { ...sizes, qkNorm, normEps, ropeTheta, maxPositions, ...compact };
}

/** What a checkpoint says of its model. */
export function compactMeta(
  config: CompactIdConfig,
): Required<Pick<CheckpointMeta, 'config' | 'compact' | 'vocabulary'>> {
  const { levels, codesPerLevel, nodes, trieLoss, prefixVectors } = config;
  return {
    config: stackOf(config),
    compact: { levels, codesPerLevel, nodes, trieLoss, prefixVectors },
    vocabulary: { levels, codes: codesPerLevel },
  };
}

/** The prefix tree of a domain's ids. @errors data-invalid where there is nothing to choose */
export function treeOf({ codes, levels, codesPerLevel }: SemanticIds): CodeTree {
  return buildCodeTree(codes, levels, codesPerLevel);
}
