import { layoutOf } from '../../src/core/layout.ts';
import { RandomStream } from '../../src/core/rng.ts';
import { mergeArenas } from '../../src/merge/merge-arenas.ts';
import type { BenchCase, BenchSuite } from '../suite.ts';

/** About a million parameters in 16 matrices. */
const LAYOUT = layoutOf(
  Array.from({ length: 16 }, (_, index) => [{ name: `matrix.${index}`, shape: [256, 256] }]),
);

/** Three checkpoints from host memory to host memory: upload, merge, checks, readback. */
function merge(method: string, parameters: Readonly<Record<string, unknown>>): BenchCase {
  return {
    name: `${method}, 3 checkpoints of ${LAYOUT.length.toLocaleString('en')} parameters`,
    size: 'nano',
    unit: 'ms',
    flops: 1e8,
    prepare(executor) {
      const arena = (name: string) => {
        const random = new RandomStream(3, name);
        return Float32Array.from({ length: LAYOUT.length }, () => random.nextNormal());
      };
      const models = ['a', 'b', 'c'].map(arena);
      const base = arena('base');
      return Promise.resolve({
        async round(repeats) {
          for (let i = 0; i < repeats; i++) {
            await mergeArenas(executor, LAYOUT, {
              method,
              parameters: { ...parameters },
              base,
              models,
            });
          }
          return repeats;
        },
        dispose: () => undefined,
      });
    },
  };
}

export const suite: BenchSuite = {
  name: 'merge',
  cases: [
    merge('simple_average', {}),
    merge('task_arithmetic', { weight: 0.4 }),
    merge('ties', { density: 0.2, weight: 1 }),
  ],
};
