import { AppError } from '../../core/errors.ts';
import { MAX_GROUPS, SPLIT_FIELDS, type Groups, type Kernel } from '../kernel.ts';

/** What `dispatchWorkgroups` takes for one part of a dispatch, and where that part begins. */
export interface DispatchPart {
  readonly groups: Groups;
  /** Values of the kernel's `SPLIT_FIELDS`; none where it has no `split`. */
  readonly first: readonly number[];
}

/**
 * Cuts a dispatch into at least `count` parts of about equal size, as far as its grid allows: a
 * grid is cut into layers (z), then into rows (y), never along a row; a linear dispatch anywhere.
 */
export function cutDispatch(
  { split }: Pick<Kernel, 'split'>,
  groups: Groups,
  count: number,
): DispatchPart[] {
  if (split === undefined) return [{ groups, first: [] }];
  if (count <= 1) return [{ groups, first: SPLIT_FIELDS[split].map(() => 0) }];
  const [x, y, z] = groups;
  if (split === 'linear') {
    // One row of workgroups each, so that no thread reaches into the next part.
    const parts = Math.max(count, Math.ceil((x * y) / MAX_GROUPS));
    return cutEvenly(x * y, parts).map(([first, size]) => ({
      groups: [size, 1, 1],
      first: [first],
    }));
  }
  const layers = cutEvenly(z, count);
  const rows = cutEvenly(y, Math.ceil(count / layers.length));
  return layers.flatMap(([firstZ, sizeZ]) =>
    rows.map(([firstY, sizeY]) => ({
      groups: [x, sizeY, sizeZ] as const,
      first: [firstY, firstZ],
    })),
  );
}

/** At most `parts` ranges [start, size] that cover `length`. */
function cutEvenly(length: number, parts: number): [start: number, size: number][] {
  const count = Math.min(length, parts);
  const edge = (index: number) => Math.floor((index * length) / count);
  return Array.from({ length: count }, (_, i) => [edge(i), edge(i + 1) - edge(i)]);
}

/** Dynamic and static uniform blocks start at multiples of 256 bytes. */
export const UNIFORM_STRIDE = 256;

/** Writes `struct Params`: the kernel's uniforms, then where the part begins. */
export function writeParams(
  data: DataView,
  { name, uniforms }: Pick<Kernel, 'name' | 'uniforms'>,
  values: readonly number[],
  first: readonly number[],
): void {
  if (paramsBytes(uniforms.length, first.length) > UNIFORM_STRIDE) {
    throw new AppError('limit-exceeded', `Kernel "${name}" has more uniforms than fit.`);
  }
  [...values, ...first].forEach((value, field) => {
    if (uniforms[field]?.type === 'f32') data.setFloat32(field * 4, value, true);
    else data.setUint32(field * 4, value >>> 0, true);
  });
}

/** Bytes of the uniform block: all fields have 4. */
export function paramsBytes(uniforms: number, first: number): number {
  return Math.ceil((uniforms + first) / 4) * 16;
}
