import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import type { DeviceBuffer, Executor, HostArray } from '../../src/compute/executor.ts';
import type { Kernel, Uniforms } from '../../src/compute/kernel.ts';
import { RandomStream } from '../../src/core/rng.ts';
import { arceeKernels } from '../../src/merge/sparse/arcee-kernels.ts';
import { pcbKernels } from '../../src/merge/sparse/pcb-kernels.ts';
import { blockTable } from '../../src/merge/ties/blocks.ts';
import { openWasm } from '../support/machine/wasm.ts';
import { tensorsOf } from './suites/arenas.ts';

/* Kernels with exponentials: WebAssembly has its own, so bits are those of the twins up to these. */

let wasm: Executor;
const twins = createCpuExecutor();

beforeAll(async () => {
  wasm = await openWasm({ threads: 2 });
});

afterAll(() => {
  wasm.destroy();
});

const layout = tensorsOf([1, 2, 63, 1024, 1025, 3001, 4096]);
const { blocks } = blockTable(layout, 'tensor');
const random = new RandomStream(3, 'competition');
/** From what has no exponential to what leaves float32, zeros of both signs among them. */
const drawn = (size: number): Float32Array =>
  Float32Array.from({ length: layout.length }, (_, i) =>
    i % 17 === 0 ? (i % 2 === 0 ? 0 : -0) : random.nextNormal() * size * 10 ** -(i % 9),
  );
const near = (values: Float32Array): Float32Array =>
  values.map((value, i) => value + (i % 3) * 1e-4 * random.nextNormal());

interface Given {
  readonly bind: Readonly<Record<string, HostArray>>;
  readonly uniforms: Uniforms;
}

async function resultOf(executor: Executor, kernel: Kernel, given: Given, name: string) {
  const bind: Record<string, DeviceBuffer> = {};
  for (const { name: one, type } of kernel.bindings) {
    const data = given.bind[one] ?? (type === 'u32' ? new Uint32Array(1) : new Float32Array(1));
    bind[one] = executor.allocate(one, type, data.length);
    executor.write(bind[one], data);
  }
  const named = kernel.uniforms.map((one) => [one.name, given.uniforms[one.name] ?? 0]);
  const uniforms = Object.fromEntries(named) as Uniforms;
  const program = await executor.prepare('test', [{ kernel, bind, uniforms }]);
  executor.run(program);
  const buffer = bind[name];
  if (buffer === undefined) throw new Error(name);
  const found = await executor.readFloats(buffer);
  program.destroy();
  for (const one of Object.values(bind)) executor.free(one);
  return found;
}

/** @param tolerance of the value itself */
async function expectClose(kernel: Kernel, given: Given, name: string, tolerance: number) {
  const [expected, found] = [
    await resultOf(twins, kernel, given, name),
    await resultOf(wasm, kernel, given, name),
  ];
  let changed = 0;
  for (const [i, value] of expected.entries()) {
    const error = Math.abs((found[i] ?? Number.NaN) - value);
    // Rows whose divergence is 1e-30 differ by less than a place of their probabilities.
    expect(
      error <= tolerance * Math.abs(value) + 1e-28,
      `${name}[${i}]: ${found[i]} for ${value}`,
    ).toBe(true);
    if (value !== given.bind[name]?.[i]) changed++;
  }
  expect(changed).toBeGreaterThan(layout.length / 5);
}

describe('parameter competition in WebAssembly', () => {
  const [base, own, other, score] = [drawn(1), drawn(1), drawn(2), drawn(5)];
  const arenas = { base, own, other, score, sum: drawn(1), divisor: drawn(1).map(Math.abs) };
  const range = { low: 0.01, high: 1.5, otherLow: 0.002, otherHigh: 2, least: -0.5, most: 3 };
  const uniforms = { length: layout.length, models: 64, factor: 0.7, ...range };

  it.each([
    ['pair', 'score', 1e-6],
    ['cross', 'score', 2e-7],
    ['intra', 'score', 2e-7],
    ['part', 'sum', 1e-7],
    ['add', 'sum', 1e-6],
    ['add', 'divisor', 2e-7],
    ['finish', 'sum', 1e-6],
  ] as const)('%s leaves %s', async (name, result, tolerance) => {
    await expectClose(pcbKernels[name], { bind: arenas, uniforms }, result, tolerance);
  });

  it('begins a score anew where its factor is 0, whatever it was', async () => {
    const given = { bind: arenas, uniforms: { ...uniforms, factor: 0 } };
    await expectClose(pcbKernels.pair, given, 'score', 2e-7);
    const from = { bind: { ...arenas, score: new Float32Array(layout.length) }, uniforms };
    const [anew, added] = [
      await resultOf(wasm, pcbKernels.pair, given, 'score'),
      await resultOf(wasm, pcbKernels.pair, from, 'score'),
    ];
    expect(anew).toEqual(added.map((value) => value + 0));
  });
});

describe('Arcee Fusion in WebAssembly', () => {
  const rows = new Uint32Array(
    layout.entries.flatMap(({ offset, size }) => [offset, size === 4096 ? 16 : size]),
  );
  const uniforms = { blockCount: blocks.length / 3 };

  it.each([
    ['other rows', drawn(3), drawn(3)],
    ['rows that are nearly the same', drawn(3), null],
    ['rows of one large value', drawn(300), drawn(300)],
  ])('scores of %s', async (_, base, given) => {
    const model = given ?? near(base);
    const bind = { result: new Float32Array(layout.length), base, model, blocks, rows };
    await expectClose(arceeKernels.scores, { bind, uniforms }, 'result', 2e-5);
  });

  it('takes the model from the threshold on', async () => {
    const [base, model, scores] = [drawn(1), drawn(2), drawn(1)];
    const thresholds = Float32Array.from(layout.entries, (_, segment) => (segment - 3) / 4);
    const bind = { result: drawn(0), base, model, scores, blocks, rows, thresholds };
    await expectClose(arceeKernels.select, { bind, uniforms }, 'result', 0);
  });
});
