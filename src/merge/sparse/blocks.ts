import {
  linearGroups,
  type Groups,
  type TwinBuffers,
  type Uniforms,
} from '../../compute/kernel.ts';
import { arrayOf, uniformOf } from '../twin-array.ts';

/** One block of a `BlockTable` inside a twin. */
export interface Block {
  readonly index: number;
  readonly start: number;
  readonly end: number;
  readonly segment: number;
}

/** The blocks of a dispatch: those of the binding `blocks`, `blockCount` of them. */
export function blocksOf(buffers: TwinBuffers, uniforms: Uniforms): Block[] {
  const blocks = arrayOf(buffers, 'blocks');
  return Array.from({ length: uniformOf(uniforms, 'blockCount') }, (_, index) => {
    const [start = 0, end = 0, segment = 0] = [0, 1, 2].map((word) => blocks[index * 3 + word]);
    return { index, start, end, segment };
  });
}

/** A workgroup a block. */
export function groupsOfBlocks(uniforms: Uniforms): Groups {
  return linearGroups(uniformOf(uniforms, 'blockCount'), 1);
}

/** A thread a block. */
export function threadsOfBlocks(uniforms: Uniforms): Groups {
  return linearGroups(uniformOf(uniforms, 'blockCount'), 64);
}
