import type { ParameterLayout } from '../../core/layout.ts';
import { FaultList } from '../../io/fault-list.ts';
import { HEAD } from '../../nn/transformer/layout.ts';

export interface MatchedTensors {
  /** Name in the files of each tensor of the layout. */
  readonly sources: ReadonlyMap<string, string>;
  /** Tensors of the files that are not needed: buffers, a copy of a tied head. */
  readonly ignored: readonly string[];
}

const PREFIX = 'model.';

/** What an unexpected tensor tells about the model. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /\.(qweight|qzeros|scales|g_idx|absmax|quant_map|weight_scale\w*|weight_packed)$/,
    'quantised weights are not supported',
  ],
  [/lora_|adapter/, 'an adapter is no whole model: merge it into its base first'],
  [/experts?\.|router|\.gate\.weight$/, 'experts are not supported'],
  [/(q|k|v|o)_proj\.bias$/, 'attention biases are not supported'],
  [/_proj\.bias$/, 'biases of the feed-forward layers are not supported'],
  [/norm\.bias$/, 'norms with a bias (LayerNorm) are not supported'],
  [/(q|k)_norm\.weight$/, 'q/k norms belong to qwen3, config.json says llama'],
  [/(pre|post)_feedforward_layernorm/, 'norms around the feed-forward layer are not supported'],
  [/(qkv_proj|query_key_value|c_attn|gate_up_proj)\./, 'fused projections are not supported'],
  [/visual|vision|audio|image/, 'only text models are supported'],
  [/score\.|classifier|v_head/, 'a head for classes or values is not supported'],
];

/**
 * Finds every tensor of a model among those of a checkpoint. Names without the leading "model."
 * (checkpoints of the bare body, as of embedding models) are understood.
 * @errors layout-mismatch listing missing, misshapen and unknown tensors, with the reason
 */
export function matchTensors(
  layout: ParameterLayout,
  shapes: ReadonlyMap<string, readonly number[]>,
  tied: boolean,
): MatchedTensors {
  const isBare = ![...shapes.keys()].some((name) => name.startsWith(PREFIX));
  const sourceOf = (name: string) =>
    isBare && name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
  const sources = new Map(layout.entries.map(({ name }) => [name, sourceOf(name)]));
  const faults = new FaultList();
  for (const { name, shape } of layout.entries) {
    const found = shapes.get(sourceOf(name));
    const place = `tensor "${name}"`;
    if (found === undefined) faults.add(place, missingReason(name));
    else if (found.join() !== shape.join()) {
      faults.add(place, `is [${found.join(', ')}], config.json asks for [${shape.join(', ')}]`);
    }
  }
  const wanted = new Set(sources.values());
  const rest = [...shapes.keys()].filter((name) => !wanted.has(name));
  const isNeedless = (name: string) =>
    name.endsWith('rotary_emb.inv_freq') || (tied && name === HEAD);
  for (const name of rest) {
    if (isNeedless(name)) continue;
    const reason = REASONS.find(([pattern]) => pattern.test(name))?.[1];
    faults.add(`tensor "${name}"`, reason ?? 'is no part of a Qwen3- or Llama-shaped model');
  }
  if (faults.total > 0) {
    throw faults.toError(
      'layout-mismatch',
      `${String(faults.total)} tensors do not fit the model of config.json.`,
      'Qwen3- and Llama-shaped decoders load, with the config.json that belongs to them. Nothing was loaded.',
    );
  }
  return { sources, ignored: rest };
}

function missingReason(name: string): string {
  if (name === HEAD) return 'is missing, and config.json does not tie it to the embedding';
  return /[qk]_norm\.weight$/.test(name)
    ? 'is missing: without q/k norms it is no qwen3'
    : 'is missing';
}
