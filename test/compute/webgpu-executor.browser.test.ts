import { describe, expect, it } from 'vitest';
import { viewOf } from '../../src/compute/executor.ts';
import { defineKernel, type Kernel } from '../../src/compute/kernel.ts';
import type { WebGpuExecutor } from '../../src/compute/webgpu/webgpu-executor.ts';
import { createWebGpuExecutor } from '../../src/compute/webgpu/create-webgpu-executor.ts';
import { withGpu } from '../support/machine/gpu.ts';

const open = async () => (await createWebGpuExecutor()) as WebGpuExecutor;

function addOne(wgsl = ADD_ONE): Kernel {
  return defineKernel({
    name: 'add_one',
    wgsl,
    entry: 'main',
    bindings: [{ name: 'values', type: 'f32', access: 'read_write' }],
    uniforms: [{ name: 'length', type: 'u32' }],
    groups: ({ length = 0 }) => [Math.ceil(length / 64), 1, 1],
    twin: () => undefined,
  });
}

const ADD_ONE = `struct Params { length: u32 }
@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@group(0) @binding(1) var<uniform> params: Params;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.length) { values[id.x] += 1.0; }
}`;

describe('WebGPU executor', () => {
  it('asks for the limits the adapter has, and describes it', () =>
    withGpu(async (executor) => {
      const { limits, name, kind } = executor.profile;
      expect(kind).toBe('webgpu');
      expect(name).not.toBe('');
      expect(limits['maxStorageBufferBindingSize']).toBeGreaterThan(128 * 2 ** 20);
    }));

  it('runs a program again and again, and touches only its range', () =>
    withGpu(async (executor) => {
      const values = executor.allocate('values', 'f32', 192);
      const step = {
        kernel: addOne(),
        bind: { values: viewOf(values, 64, 64) },
        uniforms: { length: 64 },
      };
      const program = await executor.prepare('add', [step]);
      executor.run(program);
      executor.run(program);
      const got = await executor.readFloats(values);
      expect([got[63], got[64], got[127], got[128]]).toEqual([0, 2, 2, 0]);
      program.destroy();
      executor.free(values);
    }));

  it('hands out zeroed memory also when a buffer is reused', () =>
    withGpu(async (executor) => {
      const first = executor.allocate('first', 'f32', 1000);
      executor.write(first, new Float32Array(1000).fill(7));
      executor.free(first);
      const second = executor.allocate('second', 'f32', 1000);
      expect((await executor.readFloats(second)).every((value) => value === 0)).toBe(true);
      executor.free(second);
      expect(() => {
        executor.write(first, new Float32Array(1));
      }).toThrowError(/was freed/);
    }));

  it('rejects readbacks on loss, pending ones too; nothing works afterwards', async () => {
    const executor = await open();
    const values = executor.allocate('values', 'f32', 64);
    const program = await executor.prepare('add', [
      { kernel: addOne(), bind: { values }, uniforms: { length: 64 } },
    ]);
    const pending = executor.read(values);
    executor.device.destroy();
    await expect(pending).rejects.toMatchObject({ name: 'AppError' });
    await executor.device.lost;
    await expect(executor.read(values)).rejects.toMatchObject({ code: 'device-lost' });
    await expect(executor.idle()).rejects.toMatchObject({ code: 'device-lost' });
    expect(() => {
      executor.run(program);
    }).toThrowError(/lost/);
    expect(() => executor.allocate('more', 'f32', 64)).toThrowError(/lost/);
  });

  it('refuses buffers and programs of another device', async () => {
    const old = await open();
    const values = old.allocate('values', 'f32', 64);
    const program = await old.prepare('add', [
      { kernel: addOne(), bind: { values }, uniforms: { length: 64 } },
    ]);
    await withGpu(async (executor) => {
      await expect(executor.read(values)).rejects.toMatchObject({ code: 'stale-device' });
      expect(() => {
        executor.run(program);
      }).toThrowError(expect.objectContaining({ code: 'stale-device' }));
    });
    old.destroy();
  });

  it('names shader and line when a shader does not compile', () =>
    withGpu(async (executor) => {
      const values = executor.allocate('values', 'f32', 64);
      const kernel = addOne(ADD_ONE.replace('+= 1.0', '+= true'));
      const prepared = executor.prepare('bad', [
        { kernel, bind: { values }, uniforms: { length: 64 } },
      ]);
      await expect(prepared).rejects.toMatchObject({
        code: 'shader-compile',
        message: expect.stringContaining('add_one":5:') as unknown,
      });
      executor.free(values);
    }));

  it('refuses what exceeds the limits before asking the driver', () =>
    withGpu(async (executor) => {
      const limit = executor.profile.limits['maxStorageBufferBindingSize'] ?? 0;
      expect(() => executor.allocate('huge', 'f32', limit / 4 + 1)).toThrowError(
        expect.objectContaining({ code: 'limit-exceeded' }),
      );
      expect(() => executor.allocate('none', 'f32', 0)).toThrowError(/needs/);
    }));

  it('refuses missing, unknown, mistyped and misaligned bindings', () =>
    withGpu(async (executor) => {
      const values = executor.allocate('values', 'f32', 128);
      const words = executor.allocate('words', 'u32', 128);
      const kernel = addOne();
      const uniforms = { length: 64 };
      const attempts = [
        [{ kernel, bind: {}, uniforms }, /"values" is missing/],
        [{ kernel, bind: { values, more: values }, uniforms }, /"more" is not declared/],
        [{ kernel, bind: { values: words }, uniforms }, /is u32, needs f32/],
        [{ kernel, bind: { values: viewOf(values, 4, 64) }, uniforms }, /not a multiple of 64/],
        [{ kernel, bind: { values: viewOf(values, 64, 128) }, uniforms }, /lies outside/],
        [{ kernel, bind: { values }, uniforms: {} }, /"length" is missing/],
      ] as const;
      for (const [step, message] of attempts) {
        const prepared = Promise.resolve().then(() => executor.prepare('bad', [step]));
        await expect(prepared).rejects.toThrowError(message);
      }
      executor.free(values);
      executor.free(words);
    }));

  it('reports an error that no scope caught, and stops', async () => {
    const executor = await open();
    // A buffer without any usage flags is a validation error.
    executor.device.createBuffer({ size: 16, usage: 0 });
    await executor.device.queue.onSubmittedWorkDone();
    await expect
      .poll(async () =>
        executor.idle().then(
          () => 'fine',
          (error: unknown) => (error as { code: string }).code,
        ),
      )
      .toBe('gpu-validation');
    executor.destroy();
  });
});

it('refuses float16 where the adapter has none', async () => {
  await expect(createWebGpuExecutor({ precision: 'f16' })).rejects.toMatchObject({
    code: 'invalid-argument',
    message: expect.stringContaining('shader-f16') as string,
  });
});
