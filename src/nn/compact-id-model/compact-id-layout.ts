import { AppError } from '../../core/errors.ts';
import { rangesOf, type Table, type TableRange } from '../graph/graph.ts';
import { tableOf, type ParameterTable, type TensorShape } from '../graph/parameter-table.ts';
import type { ParameterViews } from '../graph/parameters.ts';
import type { ModelConfig } from '../transformer/config.ts';
import { initialArena } from '../transformer/init.ts';
import { bodyGroups, BODY_PREFIX, checkConfig } from '../transformer/layout.ts';
import { nodeCount, type CodeTree } from './code-tree.ts';

/** Blocks as the transformer has them, over positions that are whole items. */
export interface CompactIdConfig extends Omit<ModelConfig, 'vocabSize' | 'tied'> {
  readonly levels: number;
  readonly codesPerLevel: number;
  /**
   * Rows of the prefix table, where there is one: at least the nodes of the domain's tree. Domains
   * whose models are merged have the rows of the largest tree; what no node names stays 0.
   */
  readonly nodes: number;
  /** A vector of its own for every prefix, at the last level one an item. */
  readonly prefixVectors: boolean;
  /** Softmax over the children of the true prefix; false: over all codes of the level. */
  readonly trieLoss: boolean;
}

/** Input of the first position of every sequence: what is known of a user without a history. */
export const START = 'start.weight';
/** Of the state that a level's children are compared with. */
export const LEVEL_NORM = 'level_norm.weight';
export const CODE_EMBEDDINGS = 'code_embeddings.weight';
export const PREFIX_VECTORS = 'prefix_vectors.weight';

/**
 * Tensors that belong to a domain, because its codes and prefixes mean what its codebook says; all
 * others are the body, which domains may share.
 */
export const DOMAIN_TABLES: readonly string[] = [CODE_EMBEDDINGS, PREFIX_VECTORS];

/**
 * Body first, then the domain's tables: arenas of models with other trees agree in all that comes
 * before `code_embeddings`, which is an arena of `compactIdBody`.
 * @errors invalid-argument when the sizes cannot run on the kernels
 */
export function compactIdTable(config: CompactIdConfig): ParameterTable {
  checkSizes(config);
  const { width, nodes, prefixVectors } = config;
  const groups = [
    ...sharedGroups(config),
    [{ name: CODE_EMBEDDINGS, shape: [codeRowCount(config), width] }],
    ...(prefixVectors ? [[{ name: PREFIX_VECTORS, shape: [nodes, width] }]] : []),
  ];
  return { ...tableOf(groups), rowTables: DOMAIN_TABLES };
}

/**
 * What domains may share, for merges that leave each its own tables: the beginning of every arena
 * of `compactIdTable`, whatever the tree.
 */
export function compactIdBody(config: CompactIdConfig): ParameterTable {
  checkSizes(config);
  return tableOf(sharedGroups(config));
}

function sharedGroups(config: CompactIdConfig): readonly (readonly TensorShape[])[] {
  const { width, layers } = config;
  return [
    [{ name: START, shape: [1, width] }],
    ...bodyGroups(stackOf(config), BODY_PREFIX, layers),
    [{ name: LEVEL_NORM, shape: [width] }],
  ];
}

/** The blocks as the transformer's code sees them. */
export function stackOf(config: CompactIdConfig): ModelConfig {
  const { width, layers, heads, kvHeads, headWidth, feedForward, qkNorm } = config;
  const { normEps, ropeTheta, maxPositions } = config;
  const sizes = { width, layers, heads, kvHeads, headWidth, feedForward };
  const rest = { qkNorm, normEps, ropeTheta, maxPositions };
  return { ...sizes, ...rest, vocabSize: codeRowCount(config), tied: true };
}

export function codeRowCount({ levels, codesPerLevel }: CompactIdConfig): number {
  return levels * codesPerLevel;
}

/**
 * Initial arena: norms 1, matrices N(0, 0.02²), projections into the residual stream divided by
 * √(2 · layers), prefix vectors 0: every item begins as what its codes say.
 */
export function initialCompactIds(
  config: CompactIdConfig,
  seed: number,
): Float32Array<ArrayBuffer> {
  return initialArena(compactIdTable(config).layout, config.layers, seed, [PREFIX_VECTORS]);
}

/**
 * Rows of the three tables as one: codes, then the start vector, then prefixes. Bags of a batch
 * name rows of it; where there are no prefix vectors nothing names theirs.
 */
export class TableRows {
  readonly count: number;
  readonly start: number;
  private readonly config: CompactIdConfig;
  private readonly tree: CodeTree;

  constructor(config: CompactIdConfig, tree: CodeTree) {
    this.config = config;
    this.tree = tree;
    this.start = codeRowCount(config);
    this.count = this.start + 1 + (config.prefixVectors ? config.nodes : 0);
  }

  /** Row of a node's last code. */
  code(node: number): number {
    return this.tree.codeRows[node] ?? 0;
  }

  /** Row of a node's own vector. */
  prefix(node: number): number {
    return this.start + 1 + node;
  }

  /** The tables that hold the rows, `start.weight` only where it is asked for. */
  tables(parameters: ParameterViews, hasStart: boolean): Table {
    const { nodes, prefixVectors } = this.config;
    const prefixes = prefixVectors
      ? rangesOf(parameters.table(PREFIX_VECTORS), nodes).map((range): TableRange => ({
          ...range,
          first: range.first + this.start + 1,
        }))
      : [];
    return [
      ...rangesOf(parameters.table(CODE_EMBEDDINGS), this.start),
      ...(hasStart ? [{ ...parameters.get(START), first: this.start, rows: 1 }] : []),
      ...prefixes,
    ];
  }
}

/** @errors invalid-argument when the tree is none that the sizes were made for */
export function checkTree(config: CompactIdConfig, tree: CodeTree): void {
  const { levels, codesPerLevel, nodes } = config;
  const isSame =
    tree.levels === levels && tree.codesPerLevel === codesPerLevel && nodeCount(tree) <= nodes;
  if (isSame) return;
  const own = `${tree.levels} levels of ${tree.codesPerLevel} codes and ${nodeCount(tree)} prefixes`;
  throw new AppError(
    'invalid-argument',
    `The semantic ids have ${own}; the model is made for ${levels}, ${codesPerLevel} and at most ${nodes}.`,
    { hint: 'Use the ids that the model was trained with.' },
  );
}

function checkSizes(config: CompactIdConfig): void {
  checkConfig(stackOf(config));
  const { levels, codesPerLevel, nodes } = config;
  const isCount = (n: number) => Number.isInteger(n) && n >= 1;
  if (isCount(levels) && isCount(codesPerLevel) && isCount(nodes)) return;
  const message = `No semantic ids have ${levels} levels, ${codesPerLevel} codes, ${nodes} prefixes.`;
  throw new AppError('invalid-argument', message, { hint: 'Use whole numbers from 1 on.' });
}
