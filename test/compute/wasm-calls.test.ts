import { expect, it } from 'vitest';
import { bindCall, decodeCalls, encodeCalls, encodedLength } from '../../src/compute/wasm/calls.ts';

it('calls survive the way through shared words: addresses above 2 GiB, fractions, none', () => {
  const calls = [
    { place: 3, parameters: [0xfffff000, 0.1, -1, Math.fround(1e-30)] },
    { place: -1, parameters: [] },
    { place: 0, parameters: [65536] },
  ];
  const words = new Int32Array(encodedLength(calls) + 5);
  encodeCalls(calls, words);
  expect(decodeCalls(words)).toEqual(calls);
});

it('a bound call gets its share last; a twin step is nothing for the other threads', () => {
  const seen: number[][] = [];
  const functions = [(...parameters: readonly number[]) => seen.push([...parameters])];
  bindCall({ place: 0, parameters: [8, 9] }, functions, 1, 2)();
  bindCall({ place: -1, parameters: [8, 9] }, functions, 1, 2)();
  expect(seen).toEqual([[8, 9, 1, 2]]);
});
