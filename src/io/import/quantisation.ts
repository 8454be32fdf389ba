import { AppError } from '../../core/errors.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** What of a tensor tells how it is packed. */
interface PackedTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** Names that one scheme alone gives its tensors. */
const SCHEMES: readonly (readonly [RegExp, string])[] = [
  [/\.g_idx$/, 'gptq'],
  [/quant_state\.bitsandbytes__|\.absmax$|\.(?:nested_)?quant_map$|\.SCB$/, 'bitsandbytes'],
  [/\.weight_packed$|\.weight_shape$/, 'compressed-tensors'],
  [/_blocks$/, 'mxfp4'],
  [/\.W_q$/, 'hqq'],
  [/\.(?:weight\._data|weight_qtype)$/, 'quanto'],
];

/** What stands beside a packed weight, without which it means nothing. */
const SCALES =
  /[._](?:weight_)?(?:_?scales?|scale_inv|qzeros|zeros|zero_points?|absmax|SCB|weight_scale_inv)$/;
const PACKED_TYPE = /^(?:[IU]\d+|F8_\w+)$/;
/** Buffers of whole numbers that plain models have. */
const BUFFERS = /(?:_ids|_index|mask|masked_bias|num_batches_tracked)$/;

/**
 * The scheme by which a model's weights are packed into small integers or 8-bit numbers; null where
 * they are plain. A configuration says so, or a packed matrix has its scales beside it.
 */
export function quantisationOf(
  config: JsonObject | null,
  tensors: ReadonlyMap<string, PackedTensor>,
): string | null {
  return declaredScheme(config, 3) ?? packedScheme(tensors);
}

/** The error of packed weights. */
export function packedWeights(place: string, scheme: string): AppError {
  const message = `has quantised weights (${scheme})`;
  return new AppError('data-invalid', `${place} ${message}: packed numbers are no weights.`, {
    hint:
      'Take the checkpoint that it was made from, or save it with full weights (float32, float16 or ' +
      'bfloat16) and without quantization_config. Nothing was loaded.',
    faults: [{ place, message }],
  });
}

/** `quantization_config`, of the model or of the language model inside it. */
function declaredScheme(config: unknown, depth: number): string | null {
  if (depth === 0 || !isObject(config)) return null;
  const own = config['quantization_config'] ?? config['compression_config'];
  if (isObject(own)) return schemeName(own);
  for (const value of Object.values(config)) {
    const found = declaredScheme(value, depth - 1);
    if (found !== null) return found;
  }
  return null;
}

function schemeName(settings: JsonObject): string {
  const method = settings['quant_method'] ?? settings['quant_algo'] ?? settings['quant_type'];
  if (typeof method === 'string') return method;
  const bits = ['load_in_4bit', 'load_in_8bit'].find((key) => settings[key] === true);
  if (bits !== undefined) return 'bitsandbytes';
  return typeof settings['bits'] === 'number' ? `${settings['bits']} bits` : 'unknown scheme';
}

function packedScheme(tensors: ReadonlyMap<string, PackedTensor>): string | null {
  const stems = [...tensors.keys()].filter((name) => SCALES.test(name)).map(stemOf);
  const scaled = new Set(stems);
  for (const [name, { dtype, shape }] of tensors) {
    if (!PACKED_TYPE.test(dtype) || shape.length < 2 || BUFFERS.test(name)) continue;
    const stem = [name, parentOf(name), name.replace(/_[^_.]*$/, '')].find((one) =>
      scaled.has(one),
    );
    if (stem === undefined) continue;
    if (dtype.startsWith('F8')) return 'fp8';
    const beside = [...tensors.keys()].filter((other) => other.startsWith(stem));
    const known = SCHEMES.find(([pattern]) => beside.some((other) => pattern.test(other)))?.[1];
    // AWQ and GPTQ share their names; only the latter notes the order of its groups.
    return known ?? (name.endsWith('.qweight') ? 'gptq or awq' : `${dtype} with scales`);
  }
  return null;
}

/** What a weight and its scales have in common: `model.layers.0.mlp.up_proj`. */
function stemOf(scales: string): string {
  return scales.replace(SCALES, '');
}

function parentOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
