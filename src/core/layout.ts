import { AppError } from './errors.ts';

/** Arena offsets are multiples of 64 f32 (256 bytes), WebGPU's storage binding alignment. */
export const ARENA_ALIGNMENT = 64;

/** One named tensor inside a parameter arena. Offsets and sizes are in f32 elements. */
export interface TensorEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/**
 * Where each tensor of a model lies in its one flat f32 buffer. Gradients, optimizer moments and
 * merge operands use the same table, so that optimizer, norm and merges are one pass over it.
 * Tensors of one fused group (q, k, v; gate, up) follow each other without padding; padding
 * elsewhere is zero and stays zero.
 */
export interface ParameterLayout {
  readonly entries: readonly TensorEntry[];
  /** Elements of the whole arena, a multiple of ARENA_ALIGNMENT. */
  readonly length: number;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Lays groups of tensors out: each group starts aligned, its members are contiguous. */
export function layoutOf(
  groups: readonly (readonly { name: string; shape: readonly number[] }[])[],
): ParameterLayout {
  const entries: TensorEntry[] = [];
  let offset = 0;
  for (const group of groups) {
    offset = alignUp(offset, ARENA_ALIGNMENT);
    for (const { name, shape } of group) {
      const size = elementCount(shape);
      entries.push({ name, shape: [...shape], offset, size });
      offset += size;
    }
  }
  return { entries, length: alignUp(offset, ARENA_ALIGNMENT) };
}

export function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

/** @errors layout-mismatch when the tensor is not part of the layout */
export function entryOf(layout: ParameterLayout, name: string): TensorEntry {
  const entry = layout.entries.find((candidate) => candidate.name === name);
  if (entry === undefined) {
    throw new AppError('layout-mismatch', `The model has no tensor named "${name}".`, {
      hint: 'Compare the checkpoint with its config.json.',
    });
  }
  return entry;
}

/** True when both arenas hold the same tensors at the same places. */
export function sameLayout(a: ParameterLayout, b: ParameterLayout): boolean {
  return (
    a.length === b.length &&
    a.entries.length === b.entries.length &&
    a.entries.every((entry, index) => {
      const other = b.entries[index];
      return (
        other !== undefined &&
        entry.name === other.name &&
        entry.offset === other.offset &&
        entry.shape.join() === other.shape.join()
      );
    })
  );
}
