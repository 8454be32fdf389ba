import wgsl from '../../../shaders/sample.wgsl?raw';
import {
  defineKernel,
  type TwinArray,
  type TwinBuffers,
  type Uniforms,
} from '../../compute/kernel.ts';
import { threefry2x32 } from '../../core/rng.ts';
import {
  rangesOf,
  slice,
  type Graph,
  type Operand,
  type Table,
  type Value,
} from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import {
  f32,
  perThread,
  read,
  readU32,
  u32,
  write,
  writeU32,
} from '../../compute/kernel-fields.ts';
import { emitMatmul } from './matmul.ts';

/** Of a block's peak and sum of exponentials. Tokens are equal but for draws at the very border. */
export const SAMPLE_TOLERANCE: Tolerance = { absolute: 1e-6, relative: 2e-5 };

/** Stands in the result from the step on whose logits were not finite. */
export const NOT_FINITE = 0xffffffff;
/** Instead of a block's sum of exponentials where a logit is not finite. */
const NO_SUM = -1;
/** Columns of a block. */
const BLOCK = 256;

export interface SampleInputs {
  /** u32[draws, 2]: the key of each draw's random numbers. */
  readonly keys: Operand;
  /** u32[users]: prompt tokens. */
  readonly lengths: Operand;
  /** u32[draws, maxTokens]: the result, one column a step. */
  readonly sampled: Operand;
}

export interface SampleSizes {
  readonly draws: number;
  /** Draws that share a row of hidden states. */
  readonly drawsPerRow: number;
  readonly drawsPerUser: number;
  readonly width: number;
  readonly vocabulary: number;
  readonly step: number;
  readonly maxTokens: number;
  readonly stopToken: number;
  /** 0 takes the largest logit, the smaller token among equals. */
  readonly temperature: number;
}

export interface SampleLimits {
  /** Bytes the logits may take; a larger vocabulary is processed in parts. */
  readonly logitsBytes: number;
  /** Bytes one binding may have. */
  readonly bindingBytes: number;
}

/**
 * Language-model head and one sampled token per draw: P(v) = softmax_v(x · w_v / temperature).
 * Each block of 256 columns samples a column of its own, then a block is picked by its share of the
 * probability: exact, one random number a block, and no logits outlive their part of the vocabulary.
 * The random numbers of a draw are those of its key at (step, block): they depend on nothing else.
 * @shape   hidden f32[draws / drawsPerRow, C], head f32[V, C], whole or in
 *          ranges of rows -> next tokens u32[draws], their
 *          positions u32[draws]; column `step` of `sampled`: stop tokens after the first one,
 *          NOT_FINITE from the step on where a logit was not finite
 * @grad    none (generation only)
 * @limits  C divisible by 4
 * @errors  none
 * @numeric probabilities to about 1e-5; same key and logits, same token
 */
export function sampleTokens(
  graph: Graph,
  hidden: Value,
  head: Table,
  inputs: SampleInputs,
  sizes: SampleSizes,
  limits: SampleLimits,
): { readonly tokens: Value; readonly places: Value } {
  const { draws, drawsPerRow, width, vocabulary, temperature } = sizes;
  const rows = draws / drawsPerRow;
  const fitting = Math.min(limits.logitsBytes / (4 * rows), limits.bindingBytes / (4 * width));
  const part = Math.min(vocabulary, Math.max(1, Math.floor(fitting / BLOCK)) * BLOCK);
  const ranges = rangesOf(head, vocabulary);
  const blocks = ranges.reduce((sum, range) => sum + Math.ceil(range.rows / BLOCK), 0);
  const logits = graph.value('sample logits', rows * part);
  const own = {
    partial: graph.value('sample blocks', 2 * draws * blocks),
    candidates: graph.value('sample candidates', draws * blocks, 'u32'),
    tokens: graph.value('sampled tokens', draws, 'u32'),
    places: graph.value('sampled places', draws, 'u32'),
  };
  const shared = {
    ...{ draws, draws_per_row: drawsPerRow, draws_per_user: sizes.drawsPerUser, blocks },
    ...{ step: sizes.step, max_tokens: sizes.maxTokens, stop: sizes.stopToken },
    inverse_temperature: temperature === 0 ? 0 : 1 / temperature,
  };
  const bind = { ...own, ...inputs, logits };
  let firstBlock = 0;
  for (const range of ranges) {
    for (let start = 0; start < range.rows; start += part) {
      const columns = Math.min(part, range.rows - start);
      const weight = slice(range.weight, start * width, columns * width);
      const product = { M: rows, N: columns, K: width };
      emitMatmul(graph, 'nt', { out: logits, a: hidden, b: weight }, product, 0);
      const place = { columns, first: range.first + start, first_block: firstBlock };
      graph.emit(BLOCKS, bind, { ...shared, ...place });
      firstBlock += Math.ceil(columns / BLOCK);
    }
  }
  graph.emit(PICK, bind, { ...shared, columns: part, first: 0, first_block: 0 });
  return own;
}

const COMMON = {
  wgsl,
  bindings: [
    ...write('partial'),
    ...writeU32('candidates', 'tokens', 'places', 'sampled'),
    ...read('logits'),
    ...readU32('keys', 'lengths'),
  ],
  uniforms: [
    ...u32('draws', 'draws_per_row', 'draws_per_user', 'columns', 'first', 'first_block', 'blocks'),
    ...u32('step', 'max_tokens', 'stop'),
    ...f32('inverse_temperature'),
  ],
} as const;

type Names =
  | 'partial'
  | 'candidates'
  | 'tokens'
  | 'places'
  | 'sampled'
  | 'logits'
  | 'keys'
  | 'lengths';

const BLOCKS = defineKernel({
  ...COMMON,
  name: 'sample_blocks',
  entry: 'sample_blocks',
  groups: perThread(
    (uniforms) => uniform(uniforms, 'draws') * Math.ceil(uniform(uniforms, 'columns') / BLOCK),
  ),
  work: ({ draws = 0, draws_per_row = 1, columns = 0 }) => ({
    flops: 4 * draws * columns,
    bytes: 4 * (draws / draws_per_row) * columns,
  }),
  twin: sampleBlocks,
});

const PICK = defineKernel({
  ...COMMON,
  name: 'sample_pick',
  entry: 'sample_pick',
  groups: perThread((uniforms) => uniform(uniforms, 'draws')),
  work: ({ draws = 0, blocks = 0 }) => ({ flops: 4 * draws * blocks, bytes: 8 * draws * blocks }),
  twin: samplePick,
});

export const SAMPLE_KERNELS = [BLOCKS, PICK];

/** A number in [0, 1) of 24 bits. */
function uniformAt(keys: TwinArray, draw: number, step: number, index: number): number {
  return (threefry2x32(keys[2 * draw]!, keys[2 * draw + 1]!, step, index)[0] >>> 8) / 2 ** 24;
}

/** First index whose running sum of weights passes u times their total. */
function drawIndex(weights: readonly number[], u: number): number {
  const threshold = u * weights.reduce((sum, weight) => sum + weight, 0);
  let chosen = 0;
  let sum = 0;
  for (let i = 0; i < weights.length && sum <= threshold; i++) {
    if (weights[i]! > 0) chosen = i;
    sum += weights[i]!;
  }
  return chosen;
}

function sampleBlocks(buffers: TwinBuffers, uniforms: Uniforms): void {
  const { partial, candidates, logits, keys } = buffers as Record<Names, TwinArray>;
  const columns = uniform(uniforms, 'columns');
  const first = uniform(uniforms, 'first');
  const inverse = uniform(uniforms, 'inverse_temperature');
  for (let draw = 0; draw < uniform(uniforms, 'draws'); draw++) {
    const row = Math.floor(draw / uniform(uniforms, 'draws_per_row')) * columns;
    for (let start = 0; start < columns; start += BLOCK) {
      const own: number[] = [];
      for (let c = start; c < Math.min(columns, start + BLOCK); c++) own.push(logits[row + c]!);
      const place = uniform(uniforms, 'first_block') + start / BLOCK;
      const at = draw * uniform(uniforms, 'blocks') + place;
      if (!own.every((z) => Number.isFinite(z))) {
        partial[2 * at] = 0;
        partial[2 * at + 1] = NO_SUM;
        candidates[at] = first + start;
        continue;
      }
      const peak = own.reduce((a, b) => Math.max(a, b));
      const weights = own.map((z) => Math.exp((z - peak) * inverse));
      const u = uniformAt(keys, draw, uniform(uniforms, 'step'), place + 1);
      const chosen = inverse === 0 ? own.indexOf(peak) : drawIndex(weights, u);
      partial[2 * at] = peak;
      partial[2 * at + 1] = weights.reduce((sum, weight) => sum + weight, 0);
      candidates[at] = first + start + chosen;
    }
  }
}

function samplePick(buffers: TwinBuffers, uniforms: Uniforms): void {
  const b = buffers as Record<Names, TwinArray>;
  const step = uniform(uniforms, 'step');
  const stop = uniform(uniforms, 'stop');
  const blocks = uniform(uniforms, 'blocks');
  const inverse = uniform(uniforms, 'inverse_temperature');
  for (let draw = 0; draw < uniform(uniforms, 'draws'); draw++) {
    const at = draw * uniform(uniforms, 'max_tokens') + step;
    const user = Math.floor(draw / uniform(uniforms, 'draws_per_user'));
    b.places[draw] = b.lengths[user]! + step;
    b.tokens[draw] = stop;
    const before = step > 0 ? b.sampled[at - 1]! : null;
    if (before === stop || before === NOT_FINITE) {
      b.sampled[at] = before;
      continue;
    }
    const peaks: number[] = [];
    for (let i = 0; i < blocks; i++) peaks.push(b.partial[2 * (draw * blocks + i)]!);
    const sums = peaks.map((_, i) => b.partial[2 * (draw * blocks + i) + 1]!);
    if (sums.includes(NO_SUM)) {
      b.sampled[at] = NOT_FINITE;
      continue;
    }
    const peak = peaks.reduce((a, c) => Math.max(a, c));
    const weights = sums.map((sum, i) => sum * Math.exp((peaks[i]! - peak) * inverse));
    const u = uniformAt(b.keys, draw, step, 0);
    const chosen = inverse === 0 ? peaks.indexOf(peak) : drawIndex(weights, u);
    const token = b.candidates[draw * blocks + chosen]!;
    b.sampled[at] = token;
    b.tokens[draw] = token;
  }
}
