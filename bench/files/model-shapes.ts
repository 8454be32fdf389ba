/** Shape of a language model of the Qwen3 family, whose head is its embedding. */
export interface ModelShape {
  readonly vocabulary: number;
  readonly width: number;
  readonly layers: number;
  readonly inner: number;
  readonly heads: number;
  readonly keyHeads: number;
  readonly headWidth: number;
}

/**
 * `real`: Qwen3-0.6B, 1.19 GB as bfloat16. `large`: Qwen3-4B, 8.04 GB, of which all but every 64th
 * block are holes. `small` is for tests.
 */
export const MODEL_SHAPES = {
  small: {
    ...{ vocabulary: 512, width: 32, layers: 2, inner: 96 },
    ...{ heads: 4, keyHeads: 2, headWidth: 8 },
  },
  real: {
    ...{ vocabulary: 151_936, width: 1024, layers: 28, inner: 3072 },
    ...{ heads: 16, keyHeads: 8, headWidth: 128 },
  },
  large: {
    ...{ vocabulary: 151_936, width: 2560, layers: 36, inner: 9728 },
    ...{ heads: 32, keyHeads: 8, headWidth: 128 },
  },
} as const satisfies Readonly<Record<string, ModelShape>>;

export type FileSize = keyof typeof MODEL_SHAPES;

/** Tensors of a model by name, in the order of its layers. */
export function tensorsOf(shape: ModelShape): ReadonlyMap<string, readonly number[]> {
  const { vocabulary, width, layers, inner, heads, keyHeads, headWidth } = shape;
  const tensors = new Map<string, readonly number[]>();
  tensors.set('model.embed_tokens.weight', [vocabulary, width]);
  for (let layer = 0; layer < layers; layer++) {
    const own: Readonly<Record<string, readonly number[]>> = {
      'input_layernorm.weight': [width],
      'self_attn.q_proj.weight': [heads * headWidth, width],
      'self_attn.k_proj.weight': [keyHeads * headWidth, width],
      'self_attn.v_proj.weight': [keyHeads * headWidth, width],
      'self_attn.o_proj.weight': [width, heads * headWidth],
      'self_attn.q_norm.weight': [headWidth],
      'self_attn.k_norm.weight': [headWidth],
      'post_attention_layernorm.weight': [width],
      'mlp.gate_proj.weight': [inner, width],
      'mlp.up_proj.weight': [inner, width],
      'mlp.down_proj.weight': [width, inner],
    };
    for (const [name, dims] of Object.entries(own)) {
      tensors.set(`model.layers.${layer}.${name}`, dims);
    }
  }
  tensors.set('model.norm.weight', [width]);
  return tensors;
}

/** The settings of such a model's folder. */
export function configOf(shape: ModelShape): Readonly<Record<string, unknown>> {
  return {
    architectures: ['Qwen3ForCausalLM'],
    model_type: 'qwen3',
    vocab_size: shape.vocabulary,
    hidden_size: shape.width,
    num_hidden_layers: shape.layers,
    intermediate_size: shape.inner,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.keyHeads,
    head_dim: shape.headWidth,
    tie_word_embeddings: true,
    torch_dtype: 'bfloat16',
  };
}
