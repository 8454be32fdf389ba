import type { ModelConfig } from './config.ts';
import { slice, type Graph, type Operand, type Parameter, type Value } from '../graph/graph.ts';
import { BODY_PREFIX, EMBEDDING, HEAD, layerNames } from './layout.ts';
import { attention } from '../ops/attention.ts';
import { dropout } from '../ops/dropout.ts';
import { attentionSite, embeddingSite, residualSite, type Dropout } from '../ops/dropout-sites.ts';
import { embedding, type TokenInput } from '../ops/embedding.ts';
import { linear } from '../ops/linear.ts';
import { emitMatmul } from '../ops/matmul.ts';
import { rmsnorm } from '../ops/rmsnorm.ts';
import { rotary } from '../ops/rotary.ts';
import { swigluNetwork } from '../ops/swiglu-network.ts';
import type { ParameterViews } from '../graph/parameters.ts';

/** What a block does with its normalised, projected q, k, v: [N, (H+2K)D] in, [N, HD] out. */
export type AttentionPart = (qkv: Value, norm: Parameter | null, layer: number) => Value;

/** Decoder body without the head: embedding, blocks, final norm. y f32[N, C]. */
export function transformerBody(
  graph: Graph,
  config: ModelConfig,
  parameters: ParameterViews,
  tokens: TokenInput,
  rows: number,
  attend: AttentionPart,
  {
    recompute = false,
    dropout: drops,
  }: { readonly recompute?: boolean; readonly dropout?: Dropout | undefined } = {},
): Value {
  const { width, layers, vocabSize } = config;
  const embed = { rows, width, vocabulary: vocabSize };
  const input = embedding(graph, parameters.table(EMBEDDING), tokens, embed);
  const stack = { prefix: BODY_PREFIX, layers, rows, recompute, dropout: drops };
  return transformerStack(graph, config, parameters, input, attend, stack);
}

export interface StackOptions {
  /** Of the tensors' names: `model.` */
  readonly prefix: string;
  readonly layers: number;
  readonly rows: number;
  /** Keep the stream between the blocks only, and compute each block again in the backward pass. */
  readonly recompute: boolean;
  /** Of the first stream and of what the blocks add to it; `attend` drops its own. */
  readonly dropout?: Dropout | undefined;
}

/** Blocks and final norm over rows of any origin. first f32[N, C] -> y f32[N, C]. */
export function transformerStack(
  graph: Graph,
  config: ModelConfig,
  parameters: ParameterViews,
  first: Value,
  attend: AttentionPart,
  { prefix, layers, rows, recompute, dropout: drops }: StackOptions,
): Value {
  const { width, heads, kvHeads, headWidth, feedForward, normEps } = config;
  const norm = { rows, width, eps: normEps };
  const qkvWidth = (heads + 2 * kvHeads) * headWidth;
  const block = (input: Value, i: number): Value => {
    const names = layerNames(i, prefix);
    const normed = rmsnorm(graph, input, parameters.get(names.inputNorm), norm);
    const qkvSizes = { rows, inputs: width, outputs: qkvWidth };
    const qkv = linear(graph, normed, parameters.get(names.q, names.k, names.v), qkvSizes);
    const headNorm = config.qkNorm ? parameters.get(names.qNorm, names.kNorm) : null;
    const mixed = attend(qkv, headNorm, i);
    const oSizes = { rows, inputs: heads * headWidth, outputs: width };
    const join = (branch: (residual?: Value) => Value, stream: Value, half: 0 | 1): Value => {
      const place = drops && residualSite(drops, i, half);
      return place ? dropout(graph, branch(), place, width, stream) : branch(stream);
    };
    const o = parameters.get(names.o);
    const middle = join((stream) => linear(graph, mixed, o, oSizes, stream), input, 0);
    const ready = rmsnorm(graph, middle, parameters.get(names.postNorm), norm);
    const weights = {
      gateUp: parameters.get(names.gate, names.up),
      down: parameters.get(names.down),
    };
    const sizes = { rows, width, hidden: feedForward };
    return join((stream) => swigluNetwork(graph, ready, weights, sizes, stream), middle, 1);
  };
  const place = drops && embeddingSite(drops);
  let stream = place ? dropout(graph, first, place, width) : first;
  for (let i = 0; i < layers; i++) {
    const input = stream;
    stream = recompute ? graph.recomputed(() => block(input, i)) : block(input, i);
  }
  return rmsnorm(graph, stream, parameters.get(`${prefix}norm.weight`), norm);
}

/**
 * Language-model head, for inference. hidden f32[N, C] -> logits f32[N, V].
 * @limits N <= 65535 where the head lies in ranges
 */
export function languageHead(
  graph: Graph,
  config: ModelConfig,
  parameters: ParameterViews,
  hidden: Value,
  rows: number,
): Value {
  const { width: K, vocabSize } = config;
  const weights = parameters.table(config.tied ? EMBEDDING : HEAD);
  if ('weight' in weights) {
    return linear(graph, hidden, weights, { rows, inputs: K, outputs: vocabSize });
  }
  // A range's logits are columns of the result: one product a row, so that rows can be `V` apart.
  const logits = graph.value('logits', rows * vocabSize);
  for (const { weight, first, rows: N } of weights) {
    const out = slice(logits, first, logits.length - first);
    const sizes = { M: 1, N, K, batch: rows, aStride: K, bStride: 0, outStride: vocabSize };
    emitMatmul(graph, 'nt', { out, a: hidden, b: weight }, sizes, 0);
  }
  return logits;
}

export interface AttentionInputs {
  readonly table: Operand;
  readonly positions: Operand;
  readonly spans: Operand;
  readonly length: number;
  /** Of the probabilities. */
  readonly dropout?: Dropout | undefined;
}

/** Causal attention within the segments that `spans` names, with rotary embedding. */
export function causalAttention(
  graph: Graph,
  config: ModelConfig,
  rows: number,
  inputs: AttentionInputs,
): AttentionPart {
  return segmentAttention(graph, config, rows, inputs, true);
}

/** The same; where it is not causal, each position sees all of its segment. */
export function segmentAttention(
  graph: Graph,
  config: ModelConfig,
  rows: number,
  { table, positions, spans, length, dropout: drops }: AttentionInputs,
  isCausal: boolean,
): AttentionPart {
  const { heads, kvHeads, headWidth, normEps } = config;
  const sizes = { heads, kvHeads, headWidth };
  return (qkv, norm, layer) => {
    const rope = { qkv, norm, table, positions };
    const turned = rotary(graph, rope, { rows, eps: normEps, ...sizes });
    const place = drops && attentionSite(drops, layer);
    return attention(graph, turned, spans, { rows, length, isCausal, ...sizes }, place);
  };
}
