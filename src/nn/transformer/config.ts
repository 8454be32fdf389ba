/**
 * A Qwen3-shaped decoder: RMSNorm, rotary embedding, grouped-query causal attention with optional
 * per-head q/k norm, SwiGLU, tied or untied head. With `qkNorm: false` it is Llama-shaped.
 */
export interface ModelConfig {
  readonly vocabSize: number;
  /** Hidden size C. */
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Head width D; heads * headWidth may differ from width. Even. */
  readonly headWidth: number;
  /** Intermediate size of SwiGLU. */
  readonly feedForward: number;
  readonly tied: boolean;
  readonly qkNorm: boolean;
  readonly normEps: number;
  readonly ropeTheta: number;
  readonly maxPositions: number;
}
