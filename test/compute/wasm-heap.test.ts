import { describe, expect, it } from 'vitest';
import { WasmHeap } from '../../src/compute/wasm/heap.ts';

const heapOf = (maximum = 65536): WasmHeap =>
  new WasmHeap(new WebAssembly.Memory({ initial: 1, maximum }), maximum * 65536);

describe('WasmHeap', () => {
  it('aligns blocks, keeps them apart and gives them zeroed, also the second time', () => {
    const heap = heapOf();
    const a = heap.allocate('a', 300);
    const b = heap.allocate('b', 1);
    expect([a % 256, b % 256]).toEqual([0, 0]);
    expect(b - a).toBe(512);
    new Uint8Array(heap.memory.buffer, a, 300).fill(7);
    heap.free(a);
    const again = heap.allocate('again', 512);
    expect(again).toBe(a);
    expect(new Uint8Array(heap.memory.buffer, again, 512).every((byte) => byte === 0)).toBe(true);
  });

  it('leaves the first page to the module', () => {
    expect(heapOf().allocate('a', 4)).toBe(65536);
  });

  it('joins neighbours in whatever order they are freed, and reuses the end', () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [0, 2, 1],
    ]) {
      const heap = heapOf();
      const blocks = [0, 1, 2].map((i) => heap.allocate(`block ${i}`, 1000));
      const guard = heap.allocate('guard', 1000);
      for (const i of order) heap.free(blocks[i] ?? -1);
      expect(heap.allocate('all three', 3 * 1024)).toBe(blocks[0]);
      heap.free(blocks[0] ?? -1);
      heap.free(guard);
      expect(heap.allocate('from the start', 64 * 1024)).toBe(65536);
    }
  });

  it('grows, and says what is needed when it cannot', () => {
    const heap = heapOf(20);
    heap.allocate('fits', 10 * 65536);
    const before = heap.memory.buffer.byteLength;
    expect(() => heap.allocate('too large', 30 * 65536)).toThrowError(/"too large".*bytes more/);
    expect(heap.memory.buffer.byteLength).toBe(before);
    expect(() => heap.allocate('still fits', 65536)).not.toThrow();
  });

  it('refuses to free what is no block', () => {
    const heap = heapOf();
    const a = heap.allocate('a', 4);
    heap.free(a);
    expect(() => {
      heap.free(a);
    }).toThrowError(/No block/);
  });
});
