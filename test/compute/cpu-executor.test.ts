import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { viewOf } from '../../src/compute/executor.ts';
import { defineKernel, linearGroups, MAX_GROUPS } from '../../src/compute/kernel.ts';

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

describe('CPU executor', () => {
  it('runs twins on ranges, in float32, uniforms too', async () => {
    const executor = createCpuExecutor();
    const x = executor.allocate('x', 'f32', 128);
    const out = executor.allocate('out', 'f32', 128);
    executor.write(x, new Float32Array(128).fill(1));
    const program = await executor.prepare('scale', [
      { kernel: scale, bind: { out: viewOf(out, 64, 32), x }, uniforms: { factor: 0.1 } },
    ]);
    executor.run(program);
    const got = await executor.readFloats(out);
    expect([got[63], got[64], got[95], got[96]]).toEqual([
      0,
      Math.fround(0.1),
      Math.fround(0.1),
      0,
    ]);
  });

  it('counts bytes and refuses freed and foreign buffers', async () => {
    const executor = createCpuExecutor();
    const x = executor.allocate('x', 'f32', 100);
    expect(executor.memory()).toEqual({ liveBytes: 400, peakBytes: 400, liveBuffers: 1 });
    executor.free(x);
    expect(executor.memory()).toEqual({ liveBytes: 0, peakBytes: 400, liveBuffers: 0 });
    await expect(executor.read(x)).rejects.toMatchObject({ code: 'stale-device' });
    const foreign = { label: 'f', type: 'f32', length: 4, generation: 0 } as const;
    await expect(executor.read(foreign)).rejects.toMatchObject({ code: 'stale-device' });
    expect(() => executor.allocate('none', 'f32', 0)).toThrowError(/positive length/);
  });

  it('lets messages through while idle', async () => {
    let arrived = false;
    setTimeout(() => {
      arrived = true;
    }, 0);
    const executor = createCpuExecutor();
    await executor.idle();
    await executor.idle();
    expect(arrived).toBe(true);
  });
});

describe('linearGroups', () => {
  it.each([1, 64, 65, MAX_GROUPS * 64, MAX_GROUPS * 64 + 1, MAX_GROUPS * 64 * 3 + 5])(
    'covers %d threads within the dispatch limits',
    (threads) => {
      const [x, y, z] = linearGroups(threads, 64);
      expect(x * y * 64).toBeGreaterThanOrEqual(threads);
      expect(Math.max(x, y)).toBeLessThanOrEqual(MAX_GROUPS);
      expect(z).toBe(1);
    },
  );
});
