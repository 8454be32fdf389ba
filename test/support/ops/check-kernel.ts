import { expect } from 'vitest';
import { CpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import type { Executor, HostArray } from '../../../src/compute/executor.ts';
import { viewOf } from '../../../src/compute/executor.ts';
import type { Kernel, Uniforms } from '../../../src/compute/kernel.ts';
import type { Tolerance } from '../../../src/nn/graph/op.ts';
import { expectClose } from './check-op.ts';

/** One dispatch of one kernel, for kernels that no differentiable op leads to. */
export interface KernelCase {
  readonly name: string;
  readonly kernel: Kernel;
  /** Contents of every binding before the dispatch. */
  readonly data: Readonly<Record<string, HostArray>>;
  readonly uniforms?: Uniforms;
  readonly constants?: Readonly<Record<string, number>>;
  readonly tolerance: Tolerance;
}

/** Elements after every buffer that the kernel may not touch. */
const GUARD = 64;
const SENTINEL = 77;

/** Every binding after the dispatch: floats within the tolerance of float64, integers equal. */
export async function checkKernel(executor: Executor, kernelCase: KernelCase): Promise<void> {
  const before = executor.memory().liveBytes;
  const got = await dispatch(executor, kernelCase);
  const want = await wantedOf(kernelCase);
  for (const { name, type } of kernelCase.kernel.bindings) {
    const what = `${kernelCase.name}: ${name}`;
    const values = want[name] ?? new Float32Array();
    if (type === 'f32') expectSame(got[name], values, kernelCase.tolerance, what);
    else expect(got[name], what).toEqual(values);
  }
  expect(await dispatch(executor, kernelCase), 'same bits on repeat').toEqual(got);
  expect(executor.memory().liveBytes, 'buffers left behind').toBe(before);
}

const wanted = new WeakMap<KernelCase, ReturnType<typeof dispatch>>();

/** The case in float64: computed once, however many executors are held against it. */
function wantedOf(kernelCase: KernelCase): ReturnType<typeof dispatch> {
  const known = wanted.get(kernelCase) ?? dispatch(new CpuExecutor('f64'), kernelCase);
  wanted.set(kernelCase, known);
  return known;
}

/** What is not finite by intent (a step that failed) must be the very same, the rest close. */
function expectSame(
  got: ArrayLike<number> | undefined,
  want: ArrayLike<number>,
  tolerance: Tolerance,
  what: string,
): void {
  const finite = Array.from(want, (value) => (Number.isFinite(value) ? value : 0));
  const rest = Array.from(got ?? [], (value, i) => (Object.is(value, want[i]) ? finite[i] : value));
  expectClose(rest as number[], finite, tolerance, what);
}

/** Runs the case on buffers of its own and reads all of them back. */
export async function dispatch(
  executor: Executor,
  { kernel, data, uniforms, constants }: KernelCase,
): Promise<Record<string, HostArray | Float64Array>> {
  const held = kernel.bindings.map(({ name, type }) => {
    const values = data[name];
    if (values === undefined) throw new Error(`no data for ${name}`);
    const buffer = executor.allocate(name, type, values.length + GUARD);
    executor.write(buffer, values);
    const guard = type === 'f32' ? Float32Array : type === 'u32' ? Uint32Array : Int32Array;
    executor.write(buffer, new guard(GUARD).fill(SENTINEL), values.length);
    return { name, buffer, length: values.length };
  });
  const bind = Object.fromEntries(
    held.map(({ name, buffer, length }) => [name, viewOf(buffer, 0, length)]),
  );
  const step = { kernel, bind, uniforms: uniforms ?? {}, constants: constants ?? {} };
  const program = await executor.prepare(kernel.name, [step]);
  executor.run(program);
  const results: Record<string, HostArray | Float64Array> = {};
  for (const { name, buffer, length } of held) {
    const all =
      executor instanceof CpuExecutor
        ? executor.numbers(buffer)
        : await executor.read(viewOf(buffer));
    expect(all.subarray(length), `guard after ${name}`).toEqual(all.slice(length).fill(SENTINEL));
    results[name] = all.slice(0, length);
  }
  program.destroy();
  for (const { buffer } of held) executor.free(buffer);
  return results;
}
