import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import type { DeviceBuffer, Executor, HostArray } from '../../src/compute/executor.ts';
import type { Kernel, Uniforms } from '../../src/compute/kernel.ts';
import { RandomStream, threefry2x32 } from '../../src/core/rng.ts';
import { collectKernels } from '../../src/merge/sparse/collect-kernels.ts';
import { deltaKernels } from '../../src/merge/sparse/delta-kernels.ts';
import { foldKernels } from '../../src/merge/sparse/fold-kernels.ts';
import { rankProbabilities } from '../../src/merge/sparse/rank-probabilities.ts';
import { blockTable } from '../../src/merge/ties/blocks.ts';
import { floatBits, magnitudeKey } from '../../src/merge/twin-array.ts';
import { openWasm } from '../support/machine/wasm.ts';
import { bitsOf, tensorsOf } from './suites/arenas.ts';
import { describeSparse } from './suites/sparse-suite.ts';

let wasm: Executor;
const twins = createCpuExecutor();

beforeAll(async () => {
  wasm = await openWasm({ threads: 2 });
});

afterAll(() => {
  wasm.destroy();
});

describe('dropping and choosing in WebAssembly on two threads', () => {
  describeSparse(() => wasm);
});

const SIZES = [1, 2, 63, 64, 1023, 1024, 1025, 3001];
const layout = tensorsOf(SIZES);
const table = blockTable(layout, 'tensor');
const random = new RandomStream(7, 'sparse wasm');

/** Small steps, so that equal and opposite values, zeros and −0 occur. */
function values(): Float32Array {
  const draw = () =>
    (random.nextInt(9) - 4) / 64 + (random.nextInt(3) === 0 ? random.nextNormal() : 0);
  return Float32Array.from({ length: layout.length }, () =>
    random.nextInt(40) === 0 ? -0 : draw(),
  );
}

const [x, y, z, w, v] = [values(), values(), values(), values(), values()];
const shares = Float32Array.from({ length: layout.length }, () => random.nextUniform());
const segments = table.sizes.length;
const cuts = new Uint32Array(
  table.sizes
    .flatMap((_, s) => [magnitudeKey(1 / 64), 40 * s, floatBits(1), 0])
    .concat(table.sizes.flatMap(() => [magnitudeKey(1.5), 0xffffffff, floatBits(1), 0])),
);
const tensors = new Uint32Array(
  layout.entries.flatMap(({ offset, size }, s) => {
    const length = size === 3001 ? 3001 : size === 1024 ? 16 : Math.max(1, size);
    return [s * 977 + 5, offset, length, size === 1024 ? 4 : 1];
  }),
);

/** What element 2990 of the last tensor is drawn with: it goes with this probability, stays with more. */
const DRAWN = (threefry2x32(5, tensors.at(-4) ?? 0, 2990, 0)[0] >>> 8) / 2 ** 24;

async function outputsOf(executor: Executor, kernel: Kernel, given: Given): Promise<Uint32Array[]> {
  const bound: Record<string, DeviceBuffer> = {};
  for (const { name, type } of kernel.bindings) {
    const data = given.bind[name] ?? (type === 'u32' ? new Uint32Array(1) : new Float32Array(1));
    bound[name] = executor.allocate(name, type, data.length);
    executor.write(bound[name], data);
  }
  const uniforms = Object.fromEntries(
    kernel.uniforms.map(({ name }) => [name, given.uniforms[name] ?? 0]),
  );
  const program = await executor.prepare('test', [{ kernel, bind: bound, uniforms }]);
  executor.run(program);
  const written = kernel.bindings.filter(({ access }) => access === 'read_write');
  const found: Uint32Array[] = [];
  for (const { name } of written) {
    const buffer = bound[name];
    if (buffer !== undefined) found.push(bitsOf(await executor.readFloats(buffer)));
  }
  program.destroy();
  for (const buffer of Object.values(bound)) executor.free(buffer);
  return found;
}

interface Given {
  readonly bind: Readonly<Record<string, HostArray>>;
  readonly uniforms: Uniforms;
}

/** Bits of twins on float32 arrays, which earlier results were made of, and of WebAssembly. */
async function expectSameBits(kernel: Kernel, given: Given): Promise<void> {
  const expected = await outputsOf(twins, kernel, given);
  expect(expected.some((bits) => bits.some((word) => word !== 0))).toBe(true);
  expect(await outputsOf(wasm, kernel, given)).toEqual(expected);
}

describe('WebAssembly of the sparse kernels gives the bits of the twins', () => {
  const blocks = table.blocks;
  const blockCount = blocks.length / 3;
  const counts = Float32Array.from({ length: layout.length }, () => random.nextInt(4));

  it.each(Object.entries(foldKernels))('fold %s', async (name, kernel) => {
    const found = ['owners', 'unique', 'share'].includes(name) ? counts : v;
    const bind = { result: x, second: y, base: z, model: w, found };
    for (const [a, b] of [
      [0.3, 0.01],
      [1, 1],
    ] as const) {
      await expectSameBits(kernel, { bind, uniforms: { length: layout.length, count: 3, a, b } });
    }
  });

  const common = { blocks, tensors, cuts };
  const sizes = { blockCount, segmentCount: segments };

  it.each([
    ['one probability', { seed: 5, model: 2, probability: 0.3 }, {}],
    ['probability 1', { seed: 9, model: 1, probability: 1 }, {}],
    ['a draw at its bound', { seed: 5, model: 0, probability: DRAWN }, {}],
    ['a draw below its bound', { seed: 5, model: 0, probability: DRAWN + 2 ** -24 }, {}],
    ['more than 1', { seed: 5, model: 0, probability: 1.5 }, {}],
    ['divided', { seed: 5, model: 2, probability: 0.3, divides: 1 }, {}],
    ['probability 0', { seed: 5, model: 2, probability: 0, divides: 1 }, {}],
    ['own ones', { seed: 2 ** 32 - 1, perElement: 1, divides: 1 }, { probabilities: shares }],
    ['a mask', { hasMask: 1 }, { mask: counts }],
    ['a mask, divided', { hasMask: 1, divides: 1, probability: 0.7 }, { mask: counts }],
  ])('draws by %s', async (_, uniforms, bind) => {
    await expectSameBits(deltaKernels.dropRandom, {
      bind: { ...common, delta: Float32Array.from(x, (value) => value + 3), ...bind },
      uniforms: { ...sizes, ...uniforms },
    });
  });

  it.each([0, 1])('keeps a band, strict %i', async (isStrict) => {
    const bind = { ...common, delta: x };
    const uniforms = { ...sizes, outer: 0, inner: segments, isStrict };
    await expectSameBits(deltaKernels.keepBand, { bind, uniforms });
  });

  it.each([
    ['above nothing', 0xffffffff, 0],
    ['of nothing, and all of it', 0, 0xffffffff],
    ['up to the largest key', 0x7fffffff, 0xffffffff],
  ])('keeps a band %s', async (_, threshold, limit) => {
    const inner = new Uint32Array(cuts).fill(0);
    // Even cuts and, in every other tensor, one that ends in its middle.
    table.sizes.forEach((size, s) => {
      inner.set(cuts.subarray(4 * s, 4 * s + 4), 4 * s);
      const middle = (layout.entries[s]?.offset ?? 0) + (size >> 1);
      inner.set([threshold, s % 2 === 0 ? limit : middle], 4 * (segments + s));
    });
    for (const isStrict of [0, 1]) {
      const bind = { ...common, cuts: inner, delta: x };
      const [outer, within] = threshold === 0 ? [segments, 0] : [0, segments];
      const uniforms = { ...sizes, outer, inner: within, isStrict };
      await expectSameBits(deltaKernels.keepBand, { bind, uniforms });
    }
  });

  it('scales tensors', async () => {
    const scales = Float32Array.from({ length: 2 * segments }, () => random.nextNormal());
    const bind = { ...common, delta: x, scales };
    await expectSameBits(deltaKernels.scaleTensors, { bind, uniforms: { ...sizes, model: 1 } });
  });

  it('sums blocks', async () => {
    const bind = { ...common, delta: x, sums: new Float32Array(3 * 4 * blockCount) };
    const uniforms = { ...sizes, firstSum: blockCount };
    await expectSameBits(deltaKernels.sumBlocks, { bind, uniforms });
  });

  it('sums sizes alone', async () => {
    const bind = { ...common, delta: x, sums: new Float32Array(2 * 4 * blockCount) };
    const uniforms = { ...sizes, firstSum: blockCount };
    const [all, alone] = await Promise.all(
      [deltaKernels.sumBlocks, deltaKernels.sumSizes].map(async (kernel) => {
        const sums = (await outputsOf(wasm, kernel, { bind, uniforms })).at(-1);
        return sums?.filter((_, word) => word % 4 === 0);
      }),
    );
    expect(alone).toEqual(all);
    expect(alone?.filter((size) => size > 0).length).toBeGreaterThan(blockCount - 3);
  });

  it('collects and finishes', async () => {
    const weights = Float32Array.from({ length: 2 * segments }, () => random.nextNormal());
    const bind = { sum: x, divisor: y, delta: z, votes: w, blocks, weights };
    const uniforms = { ...sizes, model: 1, smallest: 1e-6 };
    await expectSameBits(collectKernels.collect, { bind, uniforms });
    await expectSameBits(collectKernels.finish, { bind, uniforms });
  });

  it('ranks rows, with a stride and of one element, too', async () => {
    const bind = { probabilities: x, delta: y, blocks, tensors };
    const uniforms = { blockCount, low: 0.1, high: 0.7 };
    await expectSameBits(rankProbabilities, { bind, uniforms });
  });

  it('ranks a row longer than the scratch memory', async () => {
    const stride = 2;
    const length = 530_000;
    const draws = new RandomStream(11, 'long row');
    const long = Float32Array.from({ length: length * stride }, () => draws.nextInt(1000) - 500);
    await expectSameBits(rankProbabilities, {
      bind: {
        probabilities: new Float32Array(long.length),
        delta: long,
        blocks: new Uint32Array([0, long.length, 0]),
        tensors: new Uint32Array([1, 0, length, stride]),
      },
      uniforms: { blockCount: 1, low: 0.1, high: 0.7 },
    });
  });
});
