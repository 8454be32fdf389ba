import { AppError } from '../../../src/core/errors.ts';
import {
  entryOf,
  layoutOf,
  type ParameterLayout,
  type TensorEntry,
} from '../../../src/core/layout.ts';

/**
 * The layout that several models have in common: their tensors, each cut to the smallest size along
 * every axis (vocabularies may differ in their rows).
 * @errors layout-mismatch when a tensor is missing or has another number of axes
 */
export function commonLayout(layouts: readonly ParameterLayout[]): ParameterLayout {
  const [first] = layouts;
  if (first === undefined) throw new AppError('invalid-argument', 'No model to merge.');
  const groups = first.entries.map(({ name, shape }) => {
    const shapes = layouts.map((layout) => sameRank(entryOf(layout, name), shape.length).shape);
    return [{ name, shape: shape.map((_, axis) => Math.min(...shapes.map((s) => s[axis] ?? 0))) }];
  });
  return layoutOf(groups);
}

/**
 * Copies an arena into a layout with smaller tensors: each is cut to its leading rows and columns.
 * @errors layout-mismatch when a tensor is missing or smaller than wanted
 */
export function cropArena(
  arena: Float32Array,
  from: ParameterLayout,
  to: ParameterLayout,
): Float32Array<ArrayBuffer> {
  const cropped = new Float32Array(to.length);
  for (const target of to.entries) {
    const source = sameRank(entryOf(from, target.name), target.shape.length);
    if (target.shape.some((size, axis) => size > (source.shape[axis] ?? 0))) {
      throw mismatch(source, `is ${source.shape.join('×')}, needs ${target.shape.join('×')}`);
    }
    const width = target.shape.at(-1) ?? 1;
    for (let start = 0; start < target.size; start += width) {
      const begin = source.offset + sourceIndex(start, target.shape, source.shape);
      cropped.set(arena.subarray(begin, begin + width), target.offset + start);
    }
  }
  return cropped;
}

/** Where the element at flat position `index` of the small tensor lies in the large one. */
function sourceIndex(index: number, small: readonly number[], large: readonly number[]): number {
  let rest = index;
  let stride = 1;
  let position = 0;
  for (let axis = small.length - 1; axis >= 0; axis--) {
    const size = small[axis] ?? 1;
    position += (rest % size) * stride;
    rest = Math.floor(rest / size);
    stride *= large[axis] ?? 1;
  }
  return position;
}

function sameRank(entry: TensorEntry, rank: number): TensorEntry {
  if (entry.shape.length === rank) return entry;
  throw mismatch(entry, `has ${entry.shape.length} axes where ${rank} are needed`);
}

function mismatch(entry: TensorEntry, problem: string): AppError {
  return new AppError('layout-mismatch', `Tensor "${entry.name}" ${problem}.`, {
    hint: 'Only models of the same architecture can be merged.',
  });
}
