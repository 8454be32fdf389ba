import { layoutOf } from '../../src/core/layout.ts';
import { RandomStream } from '../../src/core/rng.ts';
import { viewOf, type Executor } from '../../src/compute/executor.ts';
import { MergeSession } from '../../src/merge/arenas/merge-session.ts';
import { mergeArenas } from '../../src/merge/arenas/merge-arenas.ts';
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

/** 16 MiB an arena: more than caches hold on most machines. */
const LARGE = layoutOf(
  Array.from({ length: 16 }, (_, index) => [{ name: `matrix.${index}`, shape: [512, 512] }]),
);
const MODELS = ['a', 'b', 'c'];

/** Three checkpoints that lie on the device, merged there; GB read and written a second. */
function onDevice(
  name: string,
  gigabytes: number,
  work: (session: MergeSession, executor: Executor) => Promise<void>,
): BenchCase {
  return {
    name: `${name}, arenas of ${LARGE.length.toLocaleString('en')} parameters on the device`,
    size: 'nano',
    unit: 'GB/s',
    flops: 1e8,
    prepare(executor) {
      const session = new MergeSession(executor, LARGE);
      for (const key of ['base', ...MODELS]) {
        const random = new RandomStream(3, key);
        session.load(
          key,
          Float32Array.from({ length: LARGE.length }, () => random.nextUniform() - 0.5),
        );
      }
      return Promise.resolve({
        async round(repeats) {
          for (let i = 0; i < repeats; i++) await work(session, executor);
          await executor.idle();
          return repeats * gigabytes;
        },
        dispose: () => {
          session.destroy();
        },
      });
    },
  };
}

const ARENA_GB = (4 * LARGE.length) / 1e9;

function mergeOnDevice(method: string, parameters: Readonly<Record<string, unknown>>): BenchCase {
  const uses = method === 'linear' ? 4 : 5;
  return onDevice(`${method} of 3`, uses * ARENA_GB, async (session) => {
    await session.merge({ method, parameters, base: 'base', models: MODELS });
  });
}

/** What the elementwise merges are measured against. */
const copy = onDevice('copy', 2 * ARENA_GB, (session, executor) => {
  executor.copy(viewOf(session.operand('a')), viewOf(session.result));
  return Promise.resolve();
});

export const suite: BenchSuite = {
  name: 'merge',
  cases: [
    merge('simple_average', {}),
    merge('task_arithmetic', { weight: 0.4 }),
    merge('ties', { density: 0.2, weight: 1 }),
    copy,
    mergeOnDevice('linear', { weight: 0.4 }),
    mergeOnDevice('task_arithmetic', { weight: 0.4 }),
    mergeOnDevice('ties', { density: 0.2, weight: 1 }),
  ],
};
