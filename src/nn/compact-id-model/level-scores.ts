import { viewOf, type DeviceBuffer } from '../../compute/executor.ts';
import { slice, type Graph, type Value } from '../graph/graph.ts';
import type { ParameterViews } from '../graph/parameters.ts';
import { emitMatmul } from '../ops/matmul.ts';
import { rmsnorm } from '../ops/rmsnorm.ts';
import {
  childScores,
  codeScores,
  type NodeTables,
  type TrieBeams,
  type TrieOperands,
} from '../ops/trie-beam.ts';
import { mostChildren, type CodeTree } from './code-tree.ts';
import {
  CODE_EMBEDDINGS,
  codeRowCount,
  LEVEL_NORM,
  PREFIX_VECTORS,
  type CompactIdConfig,
} from './compact-id-layout.ts';

/** Elements: bindings start at multiples of 256 bytes. */
const BINDING_STEP = 64;

/** What searches of all lengths share: it lives as long as its scope. */
export interface CompactSearchBuffers {
  readonly ropeTable: DeviceBuffer;
  readonly childStarts: DeviceBuffer;
  readonly codeRows: DeviceBuffer;
}

/** Weights of a domain's model, and its tree. */
export interface SearchedModel {
  readonly config: CompactIdConfig;
  readonly tree: CodeTree;
  readonly parameters: ParameterViews;
  readonly shared: CompactSearchBuffers;
}

export function trieOperands({ shared }: SearchedModel): TrieOperands {
  return { childStarts: viewOf(shared.childStarts), codeRows: viewOf(shared.codeRows) };
}

export function nodeTables({ config, parameters }: SearchedModel): NodeTables {
  return {
    codes: parameters.get(CODE_EMBEDDINGS).weight,
    prefixes: config.prefixVectors ? parameters.get(PREFIX_VECTORS).weight : null,
  };
}

/**
 * Log-probabilities of the children of each beam's prefix with the normaliser of training:
 * f32[rows * mostChildren(level)], added to the beam's own score.
 * @param states of the beams, with what their codes so far stand for
 */
export function levelScores(
  graph: Graph,
  model: SearchedModel,
  states: Value,
  beams: TrieBeams,
  { level, rows }: { readonly level: number; readonly rows: number },
): Value {
  const { config, tree, parameters } = model;
  const { width, normEps: eps } = config;
  const x = rmsnorm(graph, states, parameters.get(LEVEL_NORM), { rows, width, eps });
  const sizes = { beams: rows, most: mostChildren(tree, level), width };
  return config.trieLoss
    ? childScores(graph, x, beams, trieOperands(model), nodeTables(model), sizes)
    : emitCodeScores(graph, x, beams, model, { ...sizes, level });
}

/** Logits of one level alone where its rows start at a binding boundary, else of all codes. */
function emitCodeScores(
  graph: Graph,
  x: Value,
  before: TrieBeams,
  model: SearchedModel,
  sizes: { beams: number; most: number; width: number; level: number },
): Value {
  const { config } = model;
  const { codes: table } = nodeTables(model);
  const { beams, most, width, level } = sizes;
  const { codesPerLevel: codes } = config;
  const first = level * codes;
  const isAligned = (first * width) % BINDING_STEP === 0;
  const stride = isAligned ? codes : codeRowCount(config);
  const rows = isAligned ? slice(table, first * width, codes * width) : table;
  const logits = graph.value('code logits', beams * stride);
  emitMatmul(graph, 'nt', { out: logits, a: x, b: rows }, { M: beams, N: stride, K: width }, 0);
  const place = { first, stride, offset: isAligned ? 0 : first };
  return codeScores(graph, logits, before, trieOperands(model), { beams, most, codes, ...place });
}
