import { AppError } from '../../core/errors.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import type { ModelConfig } from './config.ts';
import { tableOf, type ParameterTable, type TensorShape } from '../graph/parameter-table.ts';

export const EMBEDDING = 'model.embed_tokens.weight';
export const HEAD = 'lm_head.weight';
export const FINAL_NORM = 'model.norm.weight';

/** What comes before `layers.0.…` and `norm.weight` in a Hugging Face checkpoint of a model. */
export const BODY_PREFIX = 'model.';

/** Hugging Face names of the tensors of layer `i`. */
export function layerNames(i: number, prefix = BODY_PREFIX) {
  const layer = `${prefix}layers.${i}`;
  return {
    inputNorm: `${layer}.input_layernorm.weight`,
    q: `${layer}.self_attn.q_proj.weight`,
    k: `${layer}.self_attn.k_proj.weight`,
    v: `${layer}.self_attn.v_proj.weight`,
    qNorm: `${layer}.self_attn.q_norm.weight`,
    kNorm: `${layer}.self_attn.k_norm.weight`,
    o: `${layer}.self_attn.o_proj.weight`,
    postNorm: `${layer}.post_attention_layernorm.weight`,
    gate: `${layer}.mlp.gate_proj.weight`,
    up: `${layer}.mlp.up_proj.weight`,
    down: `${layer}.mlp.down_proj.weight`,
  };
}

/**
 * Arena layout of a model. q, k, v and gate, up follow each other without padding, so that each
 * group is one matrix for one product.
 * @errors invalid-argument when the sizes cannot run on the kernels
 */
export function parameterLayout(config: ModelConfig): ParameterLayout {
  return parameterTable(config).layout;
}

/** The layout, and which tensors lie side by side. @errors invalid-argument */
export function parameterTable(config: ModelConfig): ParameterTable {
  checkConfig(config);
  return { ...tableOf(tensorGroups(config)), rowTables: [EMBEDDING, HEAD] };
}

function tensorGroups(config: ModelConfig): readonly (readonly TensorShape[])[] {
  const { vocabSize, width } = config;
  return [
    [{ name: EMBEDDING, shape: [vocabSize, width] }],
    ...bodyGroups(config, BODY_PREFIX, config.layers),
    ...(config.tied ? [] : [[{ name: HEAD, shape: [vocabSize, width] }]]),
  ];
}

/** Blocks and final norm of a decoder. */
export function bodyGroups(
  config: ModelConfig,
  prefix: string,
  layers: number,
): readonly (readonly TensorShape[])[] {
  const { width, heads, kvHeads, headWidth, feedForward } = config;
  const groups: TensorShape[][] = [];
  for (let i = 0; i < layers; i++) {
    const names = layerNames(i, prefix);
    groups.push(
      [{ name: names.inputNorm, shape: [width] }],
      [
        { name: names.q, shape: [heads * headWidth, width] },
        { name: names.k, shape: [kvHeads * headWidth, width] },
        { name: names.v, shape: [kvHeads * headWidth, width] },
      ],
      config.qkNorm
        ? [
            { name: names.qNorm, shape: [headWidth] },
            { name: names.kNorm, shape: [headWidth] },
          ]
        : [],
      [{ name: names.o, shape: [width, heads * headWidth] }],
      [{ name: names.postNorm, shape: [width] }],
      [
        { name: names.gate, shape: [feedForward, width] },
        { name: names.up, shape: [feedForward, width] },
      ],
      [{ name: names.down, shape: [width, feedForward] }],
    );
  }
  groups.push([{ name: `${prefix}norm.weight`, shape: [width] }]);
  return groups.filter((group) => group.length > 0);
}

/** @errors invalid-argument when the sizes cannot run on the kernels */
export function checkConfig(config: ModelConfig): void {
  const problems: string[] = [];
  const { width, heads, kvHeads, headWidth, feedForward } = config;
  const counts = { ...config, tied: 1, qkNorm: 1, normEps: 1, ropeTheta: 1 };
  for (const [name, value] of Object.entries(counts)) {
    if (!Number.isInteger(value) || value < 1) problems.push(`${name} must be a positive integer`);
  }
  if (width % 4 !== 0) problems.push(`width ${width} must be divisible by 4`);
  if (feedForward % 4 !== 0) problems.push(`feedForward ${feedForward} must be divisible by 4`);
  if (headWidth % 8 !== 0 || headWidth > 128) {
    problems.push(`headWidth ${headWidth} must be divisible by 8 and at most 128`);
  }
  if (heads % kvHeads !== 0)
    problems.push(`heads ${heads} must be a multiple of kvHeads ${kvHeads}`);
  if (problems.length === 0) return;
  throw new AppError('invalid-argument', `This model size cannot run: ${problems.join('; ')}.`, {
    hint: 'Change the model section of the experiment.',
  });
}
