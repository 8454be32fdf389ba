import { AppError } from '../../core/errors.ts';
import { rangesOf, slice } from '../graph/graph.ts';
import type { Graph, Operand, Parameter, Table, TableRange, Value } from '../graph/graph.ts';
import { emitCrossEntropy } from './cross-entropy.ts';
import { BLOCK_STATE, emitCrossEntropyBlock } from './cross-entropy-blocks.ts';
import { emitSplitCrossEntropy, type SplitOperands } from './cross-entropy-split.ts';
import { emitMatmul } from './matmul.ts';

export interface LinearCrossEntropySizes {
  readonly rows: number;
  readonly width: number;
  readonly vocabulary: number;
}

export interface LinearCrossEntropyLimits {
  /** Bytes the logits may take; rows are processed in chunks of at least 64 that fit. */
  readonly logitsBytes: number;
  /** Bytes one binding may have; a larger head is processed in blocks of its rows. */
  readonly bindingBytes: number;
}

/** One chunk of a vocabulary of 1024 holds 8192 rows, one of 152k the least, 64 rows. */
export const DEFAULT_LIMITS: LinearCrossEntropyLimits = {
  logitsBytes: 32 * 2 ** 20,
  bindingBytes: Infinity,
};

/** Offsets of bindings are multiples of 256 bytes: chunks of rows and columns are of 64. */
const STEP = 64;

/**
 * Language-model head and softmax cross-entropy in one, without logits of all rows: a chunk's
 * logits become their gradient in place, which goes into dX and dW before the next chunk needs
 * the memory.   loss[n] = log Σ_v e^{x_n · w_v} - x_n · w_target
 * @shape   x f32[N, C], W f32[V, C] whole or in ranges of rows, targets i32[N], hyper f32[1+] -> loss f32[N] (unscaled, nats)
 * @grad    scaled by hyper[0]; dX overwrites or accumulates, dW accumulates (none when frozen)
 *          With `split`, each row's softmax is over its own range, see `emitSplitCrossEntropy`
 * @limits  targets < V or -100 = not scored (checked on the host); no split softmax where the head
 *          exceeds a binding
 * @errors  limit-exceeded
 * @numeric f32, as `emitMatmul` and `crossEntropy`; dW sums rows in order, chunk after chunk
 * @source  Hsu et al. 2024, arXiv:2410.10989 (chunks); Wijmans et al. 2024, arXiv:2411.09009
 */
export function linearCrossEntropy(
  graph: Graph,
  x: Value,
  head: Table,
  inputs: { targets: Operand; hyper: Operand; split?: SplitOperands },
  sizes: LinearCrossEntropySizes,
  limits: LinearCrossEntropyLimits = DEFAULT_LIMITS,
): Value {
  const { rows, width, vocabulary } = sizes;
  const { split } = inputs;
  const loss = graph.value('loss', rows);
  const ranges = rangesOf(head, vocabulary);
  const widest = Math.max(...ranges.map((range) => range.rows));
  // Blocks of the head, and the logits of the fewest rows over one, have to be bindable.
  const longest = Math.max(width, Math.min(rows, STEP));
  const columns = floorToStep(limits.bindingBytes / (4 * longest), widest);
  const chunk = floorToStep(limits.logitsBytes / (4 * columns), rows);
  if (split !== undefined && (columns < vocabulary || !('weight' in head))) {
    throw new AppError('limit-exceeded', 'Split softmax needs the whole head in one binding.', {
      hint: 'Use the plain softmax, a smaller vocabulary or a smaller width.',
      details: { need: 4 * vocabulary * width, limit: limits.bindingBytes },
    });
  }
  const logits = graph.value('logits', chunk * columns);
  const state = graph.value('softmax state', chunk * BLOCK_STATE);
  const { target: dx, accumulate } = graph.gradientTarget(x);
  for (let first = 0; first < rows; first += chunk) {
    const count = Math.min(chunk, rows - first);
    const part: Chunk = {
      x: slice(x, first * width, count * width),
      dx: slice(dx, first * width, count * width),
      loss: slice(loss, first, count),
      targets: slice(inputs.targets, first, count),
      hyper: inputs.hyper,
      split: split === undefined ? null : splitRows(split, first, count),
      logits,
      state,
      accumulate,
    };
    const chunkSizes = { rows: count, width, vocabulary };
    if ('weight' in head && columns === vocabulary) {
      wholeVocabulary(graph, head, part, chunkSizes);
    } else {
      const blocks = ranges.flatMap((range) => blocksOf(range, width, columns));
      vocabularyBlocks(graph, blocks, part, { rows: count, width });
    }
  }
  return loss;
}

interface Chunk {
  readonly x: Operand;
  readonly dx: Operand;
  readonly loss: Operand;
  readonly targets: Operand;
  readonly hyper: Operand;
  readonly split: SplitOperands | null;
  readonly logits: Value;
  readonly state: Value;
  readonly accumulate: 0 | 1;
}

function splitRows({ ranges, weights }: SplitOperands, first: number, count: number) {
  return { ranges: slice(ranges, 2 * first, 2 * count), weights: slice(weights, first, count) };
}

function wholeVocabulary(
  graph: Graph,
  head: Parameter,
  chunk: Chunk,
  sizes: LinearCrossEntropySizes,
): void {
  const { rows, width, vocabulary } = sizes;
  const { x, logits, loss, targets, hyper } = chunk;
  const forward = { M: rows, N: vocabulary, K: width };
  emitMatmul(graph, 'nt', { out: logits, a: x, b: head.weight }, forward, 0);
  const operands = { logits, loss, targets, hyper };
  if (chunk.split === null) emitCrossEntropy(graph, operands, { rows, vocabulary });
  else emitSplitCrossEntropy(graph, { ...operands, ...chunk.split }, { rows, vocabulary });
  gradients(graph, head, chunk, sizes, chunk.accumulate);
}

/** Rows [first, first + count) of the head, few enough for one binding. */
interface HeadBlock {
  readonly first: number;
  readonly count: number;
  readonly weight: Operand;
  readonly gradient: Operand | null;
}

function blocksOf(range: TableRange, width: number, columns: number): HeadBlock[] {
  return Array.from({ length: Math.ceil(range.rows / columns) }, (_, index) => {
    const start = index * columns;
    const count = Math.min(columns, range.rows - start);
    const part = (whole: Operand) => slice(whole, start * width, count * width);
    const gradient = range.gradient === null ? null : part(range.gradient);
    return { first: range.first + start, count, weight: part(range.weight), gradient };
  });
}

/** Two passes over the head: log-sum-exp first, then each block's logits again, differentiated. */
function vocabularyBlocks(
  graph: Graph,
  blocks: readonly HeadBlock[],
  chunk: Chunk,
  { rows, width }: { rows: number; width: number },
): void {
  const { x, logits, loss, state, targets, hyper } = chunk;
  for (const pass of ['scan', 'apply'] as const) {
    for (const block of blocks) {
      const { first, count } = block;
      const forward = { M: rows, N: count, K: width };
      emitMatmul(graph, 'nt', { out: logits, a: x, b: block.weight }, forward, 0);
      const place = { rows, columns: count, first };
      emitCrossEntropyBlock(graph, pass, { logits, loss, state, targets, hyper }, place);
      if (pass === 'scan') continue;
      const blockSizes = { rows, width, vocabulary: count };
      gradients(graph, block, chunk, blockSizes, first === 0 ? chunk.accumulate : 1);
    }
  }
}

function gradients(
  graph: Graph,
  head: { readonly weight: Operand; readonly gradient: Operand | null },
  { x, dx, logits }: Chunk,
  { rows, width, vocabulary }: LinearCrossEntropySizes,
  accumulate: 0 | 1,
): void {
  const dxSizes = { M: rows, N: width, K: vocabulary };
  emitMatmul(graph, 'nn', { out: dx, a: logits, b: head.weight }, dxSizes, accumulate);
  if (head.gradient === null) return;
  const dwSizes = { M: vocabulary, N: width, K: rows };
  emitMatmul(graph, 'tn', { out: head.gradient, a: logits, b: x }, dwSizes, 1);
}

/** All of it when that fits, else a multiple of STEP, at least one. */
function floorToStep(fitting: number, whole: number): number {
  if (fitting >= whole) return whole;
  return Math.min(whole, Math.max(1, Math.floor(fitting / STEP)) * STEP);
}
