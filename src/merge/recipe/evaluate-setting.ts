import type { Gradient, Scalar, Setting } from './recipe.ts';

/**
 * Value of a setting for one tensor at depth t (0…1); null where no condition names the tensor.
 * Numbers are interpolated piecewise linearly over their list, other values picked by ⌊t (n − 1)⌋.
 * Filters are parts of the tensor's name; the first that fits decides.
 * @source mergekit 0.1.4 `evaluate_setting`
 */
export function evaluateSetting(setting: Setting, tensor: string, t: number): Scalar | null {
  if (setting.kind === 'value') return valueAt(setting.value, t);
  const hit = setting.conditions.find(({ filter }) => filterFits(filter, tensor));
  return hit === undefined ? null : valueAt(hit.value, t);
}

/** Whether a filter names a tensor. */
export function filterFits(filter: string | null, tensor: string): boolean {
  return filter === null || filter === '*' || tensor.includes(filter);
}

function valueAt(gradient: Gradient, t: number): Scalar | null {
  if (typeof gradient !== 'object') return gradient;
  const place = t * (gradient.length - 1);
  const first = Math.floor(place);
  const low = gradient[first];
  const high = gradient[Math.min(gradient.length - 1, first + 1)];
  if (typeof low !== 'number' || typeof high !== 'number') return low ?? null;
  const share = place - first;
  return (1 - share) * low + share * high;
}
