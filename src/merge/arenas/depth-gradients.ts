import { AppError } from '../../core/errors.ts';
import { layoutOf, type ParameterLayout } from '../../core/layout.ts';

/**
 * Values of a parameter over depth, first layer to last: a list, or with one list a model a value
 * of its own for each. Between the values it is piecewise linear, as in mergekit.
 */
export type DepthGradients = Readonly<
  Record<string, readonly number[] | readonly (readonly number[])[]>
>;

/** Tensors that share a depth, with a layout of their own. */
export interface DepthGroup {
  /** 0 = first layer, 1 = last; embeddings, final norm and head count as 0, as in mergekit. */
  readonly depth: number;
  readonly layout: ParameterLayout;
}

const LAYER = /(?:^|\.)layers\.(\d+)\./;

/** The tensors of a layout by depth. A model of one layer has it at 1, as in mergekit. */
export function depthGroups(layout: ParameterLayout): DepthGroup[] {
  const layerOf = (name: string): number | null => {
    const match = LAYER.exec(name);
    return match === null ? null : Number(match[1]);
  };
  const last = Math.max(0, ...layout.entries.map(({ name }) => layerOf(name) ?? 0));
  const byDepth = new Map<number, { name: string; shape: readonly number[] }[]>();
  for (const { name, shape } of layout.entries) {
    const layer = layerOf(name);
    const depth = layer === null ? 0 : last === 0 ? 1 : layer / last;
    byDepth.set(depth, [...(byDepth.get(depth) ?? []), { name, shape }]);
  }
  return [...byDepth]
    .sort(([a], [b]) => a - b)
    .map(([depth, tensors]) => ({ depth, layout: layoutOf(tensors.map((tensor) => [tensor])) }));
}

/** Parameters of a merge at one depth. @errors invalid-argument for an empty gradient */
export function parametersAt(
  parameters: Readonly<Record<string, unknown>>,
  gradients: DepthGradients,
  depth: number,
): Record<string, unknown> {
  const at: Record<string, unknown> = { ...parameters };
  for (const [name, values] of Object.entries(gradients)) {
    at[name] = isNested(values)
      ? values.map((own) => valueAt(name, own, depth))
      : valueAt(name, values, depth);
  }
  return at;
}

/** Piecewise-linear through `values` at equal distances on 0 … 1. */
function valueAt(name: string, values: readonly number[], depth: number): number {
  const last = values.length - 1;
  if (last < 0) throw new AppError('invalid-argument', `The gradient of "${name}" has no values.`);
  const place = Math.min(1, Math.max(0, depth)) * last;
  const left = Math.min(Math.floor(place), Math.max(0, last - 1));
  const low = values[left] ?? 0;
  const high = values[Math.min(left + 1, last)] ?? low;
  return low + (place - left) * (high - low);
}

function isNested(
  values: readonly number[] | readonly (readonly number[])[],
): values is readonly (readonly number[])[] {
  return typeof values[0] === 'object';
}
