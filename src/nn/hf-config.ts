import * as v from 'valibot';
import { AppError } from '../core/errors.ts';
import type { ModelConfig } from './config.ts';

/** `config.json` as Transformers writes it: Qwen3 with q/k norm, Llama without. */
export function toHfConfig(config: ModelConfig): Record<string, unknown> {
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
    pad_token_id: 0,
    bos_token_id: 1,
    eos_token_id: 2,
  };
}

const count = v.pipe(v.number(), v.integer(), v.minValue(1));

const hfConfigSchema = v.object({
  model_type: v.picklist(['qwen3', 'llama'], 'only qwen3 and llama are supported'),
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: v.optional(count),
  head_dim: v.optional(count),
  vocab_size: count,
  rms_norm_eps: v.number(),
  rope_theta: v.optional(v.number(), 10000),
  tie_word_embeddings: v.optional(v.boolean(), false),
  max_position_embeddings: v.optional(count, 2048),
  hidden_act: v.optional(v.picklist(['silu', 'swish'], 'only silu is supported'), 'silu'),
  attention_bias: v.optional(v.literal(false, 'attention biases are not supported'), false),
  rope_scaling: v.optional(v.nullable(v.never('scaled rotary embeddings are not supported'))),
});

/** @errors layout-mismatch naming every field that does not fit */
export function fromHfConfig(json: unknown): ModelConfig {
  const result = v.safeParse(hfConfigSchema, json);
  if (!result.success) {
    throw new AppError('layout-mismatch', 'This config.json describes a model we cannot run.', {
      hint: 'Qwen3- and Llama-shaped decoders load; others do not. Nothing was changed.',
      faults: result.issues.map((issue) => ({
        place: `config.json: ${v.getDotPath(issue) ?? ''}`,
        message: issue.message,
      })),
    });
  }
  const config = result.output;
  return {
    vocabSize: config.vocab_size,
    width: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    kvHeads: config.num_key_value_heads ?? config.num_attention_heads,
    headWidth: config.head_dim ?? config.hidden_size / config.num_attention_heads,
    feedForward: config.intermediate_size,
    tied: config.tie_word_embeddings,
    qkNorm: config.model_type === 'qwen3',
    normEps: config.rms_norm_eps,
    ropeTheta: config.rope_theta,
    maxPositions: config.max_position_embeddings,
  };
}
