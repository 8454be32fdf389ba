import { alignUp } from '../../core/layout.ts';
import type { Access, ElementType } from '../../compute/kernel.ts';
import { valueOf, type GraphStep, type Value } from './graph.ts';

/** When a value needs memory, and how each step binds it. */
export interface Lifetime {
  readonly value: Value;
  readonly first: number;
  readonly last: number;
  /** Step index -> access. */
  readonly uses: ReadonlyMap<number, Access>;
}

/** Kept values live to the end of the program. */
export function lifetimesOf(
  steps: readonly GraphStep[],
  kept: ReadonlySet<Value>,
): readonly Lifetime[] {
  const found = new Map<Value, Map<number, Access>>();
  steps.forEach(({ kernel, bind }, index) => {
    for (const { name, access } of kernel.bindings) {
      const operand = bind[name];
      const value = operand === undefined ? null : valueOf(operand);
      if (value === null) continue;
      const uses = found.get(value) ?? new Map<number, Access>();
      if (uses.get(index) !== 'read_write') uses.set(index, access);
      found.set(value, uses);
    }
  });
  return [...found].map(([value, uses]) => {
    const indices = [...uses.keys()];
    const last = kept.has(value) ? steps.length - 1 : (indices.at(-1) ?? 0);
    return { value, first: indices[0] ?? 0, last, uses };
  });
}

/** Most bytes that are alive at once: no plan can need less. */
export function liveBytes(lifetimes: readonly Lifetime[]): number {
  const end = lifetimes.reduce((most, { last }) => Math.max(most, last + 1), 0);
  const live = new Float64Array(end);
  for (const { value, first, last } of lifetimes) {
    for (let step = first; step <= last; step++) live[step] = (live[step] ?? 0) + value.length * 4;
  }
  return live.reduce((most, bytes) => Math.max(most, bytes), 0);
}

/** Ranges of buffers start at multiples of 64 elements (256 bytes). */
const ALIGNMENT = 64;

/** A buffer in the making. Existing ones keep their length, new ones grow. */
export class Slab {
  readonly type: ElementType;
  readonly isFixed: boolean;
  length: number;
  private readonly held: { lifetime: Lifetime; offset: number; end: number }[] = [];
  private readonly access = new Map<number, Access>();

  constructor(type: ElementType, length: number, isFixed: boolean) {
    this.type = type;
    this.length = length;
    this.isFixed = isFixed;
  }

  /**
   * The best place for a value: the tightest gap, else the end. null when it does not fit.
   * WebGPU binds one buffer either read-only or writable in a dispatch, never both, even where the
   * ranges are disjoint: a value only joins a slab that each of its steps binds as it does.
   */
  offer({ value, first, last, uses }: Lifetime, maxLength: number): number | null {
    if (this.type !== value.type) return null;
    for (const [step, access] of uses) {
      if ((this.access.get(step) ?? access) !== access) return null;
    }
    const size = alignUp(value.length, ALIGNMENT);
    const taken = this.held
      .filter(({ lifetime }) => lifetime.first <= last && first <= lifetime.last)
      .sort((a, b) => a.offset - b.offset);
    let best: { offset: number; gap: number } | null = null;
    let free = 0;
    for (const { offset, end } of taken) {
      const gap = offset - free;
      if (gap >= size && (best === null || gap < best.gap)) best = { offset: free, gap };
      free = Math.max(free, end);
    }
    if (best !== null) return best.offset;
    return free + size <= (this.isFixed ? this.length : maxLength) ? free : null;
  }

  /** Elements that the slab would grow by. */
  growth({ value }: Lifetime, offset: number): number {
    return Math.max(0, offset + alignUp(value.length, ALIGNMENT) - this.length);
  }

  put(lifetime: Lifetime, offset: number): void {
    const end = offset + alignUp(lifetime.value.length, ALIGNMENT);
    this.held.push({ lifetime, offset, end });
    this.length = Math.max(this.length, end);
    for (const [step, access] of lifetime.uses) this.access.set(step, access);
  }
}

export interface PackedPlace {
  /** Index into the slabs: the existing ones first, then new ones. */
  readonly slab: number;
  readonly offset: number;
}

export interface Packing {
  readonly slabs: readonly Slab[];
  readonly places: ReadonlyMap<Value, PackedPlace>;
}

/**
 * Packs values into slabs, largest first, each where the slabs grow least: values whose lifetimes
 * overlap get disjoint ranges. Deterministic.
 * @param existing slabs from earlier plans; they are filled first and do not grow
 * @param maxLength elements that one buffer may hold; larger values must be refused before
 */
export function packValues(
  lifetimes: readonly Lifetime[],
  existing: readonly { type: ElementType; length: number }[],
  maxLength: number,
): Packing {
  const slabs = existing.map(({ type, length }) => new Slab(type, length, true));
  const places = new Map<Value, PackedPlace>();
  const bySize = [...lifetimes].sort(
    (a, b) => b.value.length - a.value.length || a.first - b.first || a.value.id - b.value.id,
  );
  for (const lifetime of bySize) {
    let best = { slab: -1, offset: 0, growth: alignUp(lifetime.value.length, ALIGNMENT) };
    slabs.forEach((slab, index) => {
      const offset = slab.offer(lifetime, maxLength);
      if (offset === null) return;
      const growth = slab.growth(lifetime, offset);
      if (growth < best.growth) best = { slab: index, offset, growth };
    });
    if (best.slab === -1) best.slab = slabs.push(new Slab(lifetime.value.type, 0, false)) - 1;
    slabs[best.slab]?.put(lifetime, best.offset);
    places.set(lifetime.value, { slab: best.slab, offset: best.offset });
  }
  return { slabs, places };
}
