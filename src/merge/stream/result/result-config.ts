import { elementCount } from '../../../core/layout.ts';
import {
  saysLayers,
  withLayers,
  withRows,
  withTied,
  withType,
} from '../../folder/language-config.ts';
import type { JsonObject } from '../checkpoint.ts';
import type { MergePlan } from '../plan-merge.ts';
import type { PlannedTensor } from '../planned-tensor.ts';
import { stacksOf } from '../tensor-names.ts';

const TYPES: ReadonlyMap<string, string> = new Map([
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
]);

/**
 * The configuration of the result: the primary model's, with all that the merge decided. What
 * families have defaults for is said, not left out: rows, and whether the head is the embedding.
 */
export function resultConfig(plan: MergePlan): JsonObject | null {
  const { tokens, embeddingRows, layers, isTied, tensors } = plan;
  let { config } = tokens;
  if (config === null) return null;
  if (embeddingRows !== null) config = withRows(config, embeddingRows);
  const count = layers ?? (embeddingRows === null ? null : layersOf(tensors));
  const isSaid = layers === null && count !== null && saysLayers(config, count);
  if (count !== null && !isSaid) config = withLayers(config, count);
  if (plan.knowsHead) config = withTied(config, isTied);
  const type = mostCommonType(tensors);
  return type === null ? config : withType(config, type);
}

/** Layers of the only stack; models with several say which is which, and keep what they say. */
function layersOf(tensors: readonly PlannedTensor[]): number | null {
  const [stack, ...others] = stacksOf(tensors.map(({ name }) => name)).values();
  return others.length > 0 ? null : (stack ?? null);
}

/** The type of most of the weights; null without floating-point numbers. */
function mostCommonType(tensors: readonly PlannedTensor[]): string | null {
  const elements = new Map<string, number>();
  for (const { dtype, shape } of tensors) {
    const type = TYPES.get(dtype);
    if (type !== undefined) elements.set(type, (elements.get(type) ?? 0) + elementCount(shape));
  }
  const [most] = [...elements].sort(([, a], [, b]) => b - a);
  return most?.[0] ?? null;
}
