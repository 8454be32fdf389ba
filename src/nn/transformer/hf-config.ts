import * as v from 'valibot';
import { AppError } from '../../core/errors.ts';
import type { ModelConfig } from './config.ts';

/** Ids of the tokens that begin, end and fill a sequence. */
export interface SequenceTokens {
  readonly pad: number;
  readonly bos: number;
  readonly eos: number;
}

/** `config.json` as Transformers writes it: Qwen3 with q/k norm, Llama without. */
export function toHfConfig(
  config: ModelConfig,
  tokens: SequenceTokens = { pad: 0, bos: 1, eos: 2 },
): Record<string, unknown> {
  return {
    architectures: [config.qkNorm ? 'Qwen3ForCausalLM' : 'LlamaForCausalLM'],
    model_type: config.qkNorm ? 'qwen3' : 'llama',
    hidden_size: config.width,
    intermediate_size: config.feedForward,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headWidth,
    vocab_size: config.vocabSize,
    rms_norm_eps: config.normEps,
    rope_theta: config.ropeTheta,
    tie_word_embeddings: config.tied,
    max_position_embeddings: config.maxPositions,
    hidden_act: 'silu',
    attention_bias: false,
    attention_dropout: 0,
    initializer_range: 0.02,
    use_cache: true,
    torch_dtype: 'float32',
    pad_token_id: tokens.pad,
    bos_token_id: tokens.bos,
    eos_token_id: tokens.eos,
  };
}

/**
 * Most that a configuration may ask for, a few times what the largest models have: its numbers size
 * lists and memory before any weight has been looked at.
 */
export const MOST_OF_MODEL = {
  layers: 1024,
  width: 2 ** 16,
  feedForward: 2 ** 20,
  heads: 2 ** 12,
  vocabulary: 2 ** 24,
  positions: 2 ** 31,
} as const;

const count = (most: number) =>
  v.pipe(
    v.number(),
    v.integer('must be a whole number'),
    v.minValue(1, 'must be at least 1'),
    v.maxValue(most, `must be at most ${String(most)}`),
  );

/** Added to a mean of squares: 0 lets a row of zeros divide by 0, 1 and more drown the row. */
const epsilon = v.pipe(
  v.number(),
  v.gtValue(0, 'must be above 0'),
  v.maxValue(1, 'must be at most 1'),
);

const rotary = v.pipe(
  v.number(),
  v.gtValue(0, 'must be above 0'),
  v.maxValue(1e30, 'must be at most 1e30'),
);

/** Why a well-known kind of model does not fit; the rest are simply of another kind. */
const OTHER_KINDS: readonly (readonly [RegExp, string])[] = [
  [/moe|mixtral|deepseek|gpt_oss/, 'has experts with a router'],
  [/^qwen2$/, 'has attention biases'],
  [/gemma/, 'has other norms (1 + weight, four per layer) and a scaled embedding'],
  [/mistral|ministral/, 'may have sliding windows'],
  [/phi|gpt|falcon|bloom|opt|mpt/, 'has other norms, fused projections or no SwiGLU'],
  [/_vl|vision|audio|omni|llama4|mllama/, 'reads more than text'],
  [/mamba|rwkv|next|jamba/, 'has layers that are no softmax attention'],
];

function unsupportedKind(kind: unknown): string {
  const why = OTHER_KINDS.find(([pattern]) => typeof kind === 'string' && pattern.test(kind))?.[1];
  return `${JSON.stringify(kind)} ${why ?? 'is another kind of model'}; qwen3 and llama load`;
}

/** A field that must be absent, null or hold the one value that we can run. */
function only<const T extends string | number | boolean>(value: T, message: string) {
  return v.optional(v.nullable(v.literal(value, message)));
}

const scaling = 'scaled rotary embeddings are not supported';
const plainRotary = v.object({
  rope_type: v.optional(v.literal('default', scaling)),
  type: v.optional(v.literal('default', scaling)),
  rope_theta: v.optional(rotary),
  partial_rotary_factor: only(1, 'partly rotated heads are not supported'),
});

const hfConfigSchema = v.object({
  model_type: v.picklist(['qwen3', 'llama'], (issue) => unsupportedKind(issue.input)),
  hidden_size: count(MOST_OF_MODEL.width),
  intermediate_size: count(MOST_OF_MODEL.feedForward),
  num_hidden_layers: count(MOST_OF_MODEL.layers),
  num_attention_heads: count(MOST_OF_MODEL.heads),
  num_key_value_heads: v.optional(v.nullable(count(MOST_OF_MODEL.heads))),
  head_dim: v.optional(v.nullable(count(MOST_OF_MODEL.width))),
  vocab_size: count(MOST_OF_MODEL.vocabulary),
  rms_norm_eps: epsilon,
  rope_theta: v.optional(rotary),
  tie_word_embeddings: v.optional(v.boolean(), false),
  max_position_embeddings: v.optional(count(MOST_OF_MODEL.positions), 2048),
  hidden_act: v.optional(v.picklist(['silu', 'swish'], 'only silu is supported'), 'silu'),
  attention_bias: only(false, 'attention biases are not supported'),
  mlp_bias: only(false, 'biases of the feed-forward layers are not supported'),
  use_sliding_window: only(false, 'sliding windows are not supported'),
  partial_rotary_factor: only(1, 'partly rotated heads are not supported'),
  layer_types: v.optional(
    v.nullable(v.array(v.literal('full_attention', 'only full attention is supported'))),
  ),
  // Up to version 4 of Transformers, and from version 5 on.
  rope_scaling: v.optional(v.nullable(plainRotary)),
  rope_parameters: v.optional(v.nullable(plainRotary)),
  quantization_config: v.optional(v.nullable(v.never((issue) => quantised(issue.input)))),
});

function quantised(settings: unknown): string {
  const { quant_method: method } = (settings ?? {}) as { readonly quant_method?: unknown };
  const scheme = typeof method === 'string' ? ` (${method})` : '';
  return `quantised weights${scheme} are not supported: take the original checkpoint`;
}

/** What Transformers assumes where config.json does not say. */
const DEFAULT_ROPE_THETA = 10_000;
const DEFAULT_QWEN3_HEAD = 128;

/**
 * The base of the rotary angles. Transformers 5 keeps it among the parameters, to which the key at
 * the top only adds what they lack; where both of its names are there, the older one decides.
 */
function rotaryBase({
  rope_theta: atTop,
  rope_scaling: older,
  rope_parameters: newer,
}: v.InferOutput<typeof hfConfigSchema>): number {
  const isGiven = older !== null && older !== undefined && Object.keys(older).length > 0;
  return (isGiven ? older : newer)?.rope_theta ?? atTop ?? DEFAULT_ROPE_THETA;
}

/** A list of layer types may hold a fault an entry. */
const SHOWN_FAULTS = 20;

/** @errors layout-mismatch naming every field that does not fit */
export function fromHfConfig(json: unknown): ModelConfig {
  const result = v.safeParse(hfConfigSchema, json);
  if (!result.success) {
    throw new AppError('layout-mismatch', 'This config.json describes a model we cannot run.', {
      hint: 'Qwen3- and Llama-shaped decoders load; others do not. Nothing was loaded.',
      faults: result.issues.slice(0, SHOWN_FAULTS).map((issue) => ({
        place: `config.json: ${v.getDotPath(issue) ?? ''}`,
        message: issue.message,
      })),
    });
  }
  const config = result.output;
  const isQwen = config.model_type === 'qwen3';
  const heads = config.num_attention_heads;
  return {
    vocabSize: config.vocab_size,
    width: config.hidden_size,
    layers: config.num_hidden_layers,
    heads,
    kvHeads: config.num_key_value_heads ?? heads,
    headWidth: config.head_dim ?? (isQwen ? DEFAULT_QWEN3_HEAD : config.hidden_size / heads),
    feedForward: config.intermediate_size,
    tied: config.tie_word_embeddings,
    qkNorm: isQwen,
    normEps: config.rms_norm_eps,
    ropeTheta: rotaryBase(config),
    maxPositions: config.max_position_embeddings,
  };
}
