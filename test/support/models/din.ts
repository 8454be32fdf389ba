import { RandomStream } from '../../../src/core/rng.ts';
import type { ClickBatch } from '../../../src/nn/behaviour-model/click-model.ts';
import { dinTable, initialDin, type DinConfig } from '../../../src/nn/din-model/din-layout.ts';

export const DIN_CONFIG: DinConfig = {
  items: 20,
  features: [{ name: 'category', values: 5 }],
  numeric: 2,
  moments: [{ name: 'hour', values: 4 }],
  width: 8,
  activationWidth: 12,
  headWidth: 16,
};

/** Histories of three, two, one item and none; the second one is a filler. */
export const DIN_CLICKS: ClickBatch = {
  B: 5,
  T: 4,
  items: Uint32Array.of(3, 7, 3, 19, 4, 4, 4, 4, 1, 2, 4, 0, 9, 8, 0, 0, 6, 0, 0, 0),
  features: {
    category: Uint32Array.of(1, 2, 1, 4, 0, 0, 0, 0, 3, 3, 0, 0, 2, 2, 0, 0, 1, 0, 0, 0),
  },
  segments: Uint32Array.of(0, 4, 8, 11, 12, 14, 16, 17),
  candidates: Uint32Array.of(3, 4, 10, 13, 16),
  labels: Int32Array.of(1, -100, 0, 1, 0),
  numeric: Float32Array.of(0.5, -1, 0, 0, 2, 0.25, 0, 1, -1, 0.5),
  moments: { hour: Uint32Array.of(3, 0, 1, 3, 2) },
};

/** Weights of larger spread than at the start, so that nothing is almost 0. */
export function dinArena(): Float32Array<ArrayBuffer> {
  const arena = initialDin(DIN_CONFIG, 3);
  const random = new RandomStream(7, 'spread');
  for (const { offset, size } of dinTable(DIN_CONFIG).layout.entries) {
    for (let i = offset; i < offset + size; i++) {
      arena[i] = (arena[i] ?? 0) + 0.3 * random.nextNormal();
    }
  }
  return arena;
}
