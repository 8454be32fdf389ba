import { expect } from 'vitest';
import type { BufferView, DeviceBuffer, Executor } from '../../../src/compute/executor.ts';
import type { Value } from '../../../src/nn/graph/graph.ts';
import type { Lifetime } from '../../../src/nn/graph/activation-packing.ts';
import type { ValueMemory } from '../../../src/nn/graph/plan.ts';

/** Elements before and after every value that no kernel may touch. */
const GUARD = 64;
const SENTINEL = 12345.5;
const INTEGER_SENTINEL = 1234567;

interface Held {
  readonly buffer: DeviceBuffer;
  readonly view: BufferView;
}

/**
 * Gives every value a buffer of its own between guard zones and poisons it with NaN, so that an
 * output that was not written, or was written past its end, is seen.
 */
export class GuardedMemory implements ValueMemory {
  private readonly executor: Executor;
  private readonly presets = new Map<Value, Float32Array | Float64Array>();
  private readonly held = new Map<Value, Held>();

  constructor(executor: Executor) {
    this.executor = executor;
  }

  /** Data that a value holds before the program runs. */
  preset(value: Value, data: Float32Array | Float64Array): void {
    this.presets.set(value, data);
  }

  place(lifetimes: readonly Lifetime[]): ReadonlyMap<Value, BufferView> {
    return new Map(lifetimes.map(({ value }) => [value, this.acquire(value)]));
  }

  private acquire(value: Value): BufferView {
    const existing = this.held.get(value);
    if (existing !== undefined) return existing.view;
    const length = GUARD + value.length + GUARD;
    const buffer = this.executor.allocate(value.label, value.type, length);
    const view = { buffer, offset: GUARD, length: value.length };
    this.held.set(value, { buffer, view });
    this.refill(value);
    return view;
  }

  /** Poison (or preset) and guards as before the first run. */
  refill(value: Value): void {
    const held = this.held.get(value);
    if (held === undefined) return;
    const { length } = held.buffer;
    if (value.type === 'f32') {
      this.executor.write(held.buffer, new Float32Array(length).fill(SENTINEL));
      const data = this.presets.get(value) ?? new Float32Array(value.length).fill(NaN);
      this.executor.write(held.buffer, data as Float32Array, GUARD);
    } else {
      const words = new Uint32Array(length).fill(INTEGER_SENTINEL);
      this.executor.write(held.buffer, value.type === 'u32' ? words : new Int32Array(words));
    }
  }

  refillAll(): void {
    for (const value of this.held.keys()) this.refill(value);
  }

  viewOf(value: Value): BufferView {
    const held = this.held.get(value);
    if (held === undefined) throw new Error(`value "${value.label}" has no memory`);
    return held.view;
  }

  async expectGuardsIntact(): Promise<void> {
    for (const [value, { buffer }] of this.held) {
      const all = await this.executor.read(buffer);
      const wanted = value.type === 'f32' ? SENTINEL : INTEGER_SENTINEL;
      for (let i = 0; i < GUARD; i++) {
        expect(all[i], `guard before ${value.label}`).toBe(wanted);
        expect(all[all.length - 1 - i], `guard after ${value.label}`).toBe(wanted);
      }
    }
  }

  destroy(): void {
    for (const { buffer } of this.held.values()) this.executor.free(buffer);
    this.held.clear();
  }
}
