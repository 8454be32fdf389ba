import { expect } from 'vitest';
import type { Executor } from '../../src/compute/executor.ts';
import { viewOf } from '../../src/compute/executor.ts';
import { defineKernel } from '../../src/compute/kernel.ts';

const scale = defineKernel({
  name: 'scale',
  wgsl: '',
  entry: 'main',
  bindings: [
    { name: 'out', type: 'f32', access: 'read_write' },
    { name: 'x', type: 'f32', access: 'read' },
  ],
  uniforms: [{ name: 'factor', type: 'f32' }],
  groups: () => [1, 1, 1],
  twin: ({ out, x }, { factor = 0 }) => {
    if (out === undefined || x === undefined) return;
    for (let i = 0; i < out.length; i++) out[i] = (x[i] ?? 0) * factor;
  },
});

/** What both CPU executors promise. `executor` is destroyed at the end. */
export async function checkCpuExecutor(executor: Executor): Promise<void> {
  const x = executor.allocate('x', 'f32', 128);
  const out = executor.allocate('out', 'f32', 128);
  executor.write(x, new Float32Array(128).fill(1));
  const program = await executor.prepare('scale', [
    { kernel: scale, bind: { out: viewOf(out, 64, 32), x }, uniforms: { factor: 0.1 } },
  ]);
  // Allocating more may move the memory that the program is bound to.
  const large = executor.allocate('large', 'f32', 2 ** 23);
  executor.run(program);
  const got = await executor.readFloats(out);
  const tenth = Math.fround(0.1);
  expect([got[63], got[64], got[95], got[96]], 'twins on ranges, in float32').toEqual([
    0,
    tenth,
    tenth,
    0,
  ]);
  const changed = { kernel: scale, bind: { out: viewOf(out, 64, 32), x }, uniforms: { factor: 3 } };
  executor.update(program, [changed]);
  executor.clear(out);
  executor.run(program);
  const updated = await executor.readFloats(out);
  expect([updated[63], updated[64], updated[95], updated[96]], 'other numbers').toEqual([
    0, 3, 3, 0,
  ]);
  expect(() => {
    executor.update(program, [{ ...changed, bind: { out: viewOf(out, 0, 32), x } }]);
  }).toThrowError(/cannot be updated/);
  executor.update(program, [{ ...changed, uniforms: { factor: 0.1 } }]);
  executor.run(program);
  executor.copy(viewOf(out, 64, 2), viewOf(x, 3, 2));
  executor.write(x, new Float32Array([5]), 6);
  expect([...(await executor.readFloats(viewOf(x, 2, 5)))]).toEqual([1, tenth, tenth, 1, 5]);
  expect(executor.memory().liveBytes).toBe(4 * (256 + 2 ** 23));
  program.destroy();
  for (const buffer of [x, out, large]) executor.free(buffer);
  expect(executor.memory().liveBuffers).toBe(0);
  expect(executor.memory().liveBytes).toBe(0);
  await expect(executor.read(x)).rejects.toMatchObject({ code: 'stale-device' });
  expect(() => {
    executor.free(x);
  }).toThrowError(/was freed/);
  const foreign = { label: 'f', type: 'f32', length: 4, generation: 0 } as const;
  await expect(executor.read(foreign)).rejects.toMatchObject({ code: 'stale-device' });
  expect(() => executor.allocate('none', 'f32', 0)).toThrowError(/positive length/);
  let arrived = false;
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = (): void => {
    arrived = true;
    port2.close();
  };
  port1.postMessage('stop');
  await executor.idle();
  await executor.idle();
  expect(arrived, 'messages get through while idle').toBe(true);
  executor.destroy();
}
