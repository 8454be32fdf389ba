import { RandomStream } from '../../../src/core/rng.ts';
import {
  behaviourTable,
  initialBehaviour,
  type BehaviourConfig,
} from '../../../src/nn/behaviour-model/behaviour-layout.ts';

export const CONFIG: BehaviourConfig = {
  items: 20,
  features: [
    { name: 'category', values: 5 },
    { name: 'brand', values: 3 },
  ],
  numeric: 2,
  width: 16,
  layers: 2,
  heads: 2,
  maxPositions: 12,
};

/** Three sequences of 4, 3 and 2 positions in rows of 4. */
export const ROWS = {
  B: 3,
  T: 4,
  items: Uint32Array.of(3, 7, 3, 19, 1, 2, 4, 0, 9, 9, 0, 0),
  features: {
    category: Uint32Array.of(1, 2, 1, 4, 3, 3, 0, 0, 2, 2, 0, 0),
    brand: Uint32Array.of(1, 1, 1, 2, 2, 0, 1, 0, 2, 2, 0, 0),
  },
  segments: Uint32Array.of(0, 4, 4, 7, 8, 10),
};

/** Weights of larger spread than at the start, so that nothing is almost 0. */
export function spread(hasClickHead: boolean, config = CONFIG): Float32Array<ArrayBuffer> {
  const arena = initialBehaviour(config, hasClickHead, 3);
  const random = new RandomStream(7, 'spread');
  for (const { offset, size } of behaviourTable(config, hasClickHead).layout.entries) {
    for (let i = offset; i < offset + size; i++) {
      arena[i] = (arena[i] ?? 0) + 0.15 * random.nextNormal();
    }
  }
  return arena;
}
