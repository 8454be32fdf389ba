import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCpuExecutor } from '../../src/compute/cpu/cpu-executor.ts';
import { defineKernel, linearGroups } from '../../src/compute/kernel.ts';
import { CLOSED } from '../../src/compute/webgpu/gpu-waits.ts';
import { WebGpuExecutor } from '../../src/compute/webgpu/webgpu-executor.ts';
import { silenceOf } from '../../src/compute/webgpu/webgpu-options.ts';
import { FakeDevice } from '../support/machine/fake-device.ts';

const KERNEL = defineKernel({
  name: 'nothing',
  wgsl: '@compute @workgroup_size(64) fn nothing() {}',
  entry: 'nothing',
  bindings: [{ name: 'values', access: 'read_write', type: 'f32' }],
  uniforms: [],
  groups: () => linearGroups(64, 64),
  twin: () => undefined,
});

const SILENCE_S = 5;
const never = <T>() => new Promise<T>(() => undefined);
/** How the browser turns calls down whose GPU process is gone. */
const dropped = () => Promise.reject(new DOMException('Instance dropped', 'OperationError'));

const badText = () => Object.assign(new Error('bad text'), { reason: 'validation' });

beforeAll(() => {
  vi.stubGlobal('GPUBufferUsage', { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, STORAGE: 128 });
  vi.stubGlobal('GPUMapMode', { READ: 1 });
  vi.stubGlobal('GPUShaderStage', { COMPUTE: 4 });
});
afterAll(() => {
  vi.unstubAllGlobals();
});
beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function open() {
  const device = new FakeDevice();
  const { maxBufferSize } = device.limits;
  const limits = { maxBufferSize, maxStorageBufferBindingSize: maxBufferSize };
  const profile = { ...createCpuExecutor().profile, limits };
  const opened = { device: device as unknown as GPUDevice, profile };
  const executor = new WebGpuExecutor(opened, { silenceS: SILENCE_S });
  const values = executor.allocate('values', 'f32', 64);
  const step = { kernel: KERNEL, bind: { values } };
  const calls = {
    map: () => executor.read(values),
    work: () => executor.idle(),
    pipeline: () => executor.prepare('program', [step]),
    compilation: () => {
      device.answers.pipeline = () => Promise.reject(badText());
      return executor.prepare('program', [step]);
    },
    scope: () => executor.prepare('program', [step]),
  };
  return { device, executor, values, calls };
}

/** What a call that fails says, however long it takes. */
async function errorOf(call: Promise<unknown>): Promise<unknown> {
  const error = call.then(
    () => 'no error',
    (thrown: unknown) => thrown,
  );
  await vi.runOnlyPendingTimersAsync();
  await vi.advanceTimersByTimeAsync(60_000);
  return error;
}

const WAITS = ['map', 'work', 'pipeline', 'compilation', 'scope'] as const;

describe.each(WAITS)('a device that never answers: %s', (name) => {
  it('counts as lost after its silence, and is ended', async () => {
    const { device, executor, calls } = open();
    device.answers[name] = never;
    const error = errorOf(calls[name]());
    await vi.advanceTimersByTimeAsync(0);
    expect(device.isDestroyed).toBe(false);
    expect(await error).toMatchObject({
      code: 'device-lost',
      message: 'The GPU has not answered for 5 seconds.',
      hint: expect.stringMatching(/Finished cells are saved/) as string,
      details: { reason: 'silent' },
    });
    expect(device.isDestroyed).toBe(true);
    await expect(executor.idle()).rejects.toMatchObject({ code: 'device-lost' });
  });

  it('keeps nobody waiting who has asked to stop', async () => {
    const { device, executor, calls } = open();
    device.answers[name] = never;
    const call = calls[name]().catch((thrown: unknown) => thrown);
    await vi.advanceTimersByTimeAsync(1000);
    expect(executor.giveUp(2)).toBe(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(executor.giveUp(2)).toBe(true);
    expect(await call).toMatchObject({ code: 'aborted' });
    expect(device.isDestroyed).toBe(true);
  });

  it('ends its waits when it is lost', async () => {
    const { device, calls } = open();
    device.answers[name] = never;
    const call = calls[name]().catch((thrown: unknown) => thrown);
    await vi.advanceTimersByTimeAsync(0);
    device.lose('unknown');
    expect(await call).toMatchObject({
      code: 'device-lost',
      message: 'The GPU was lost (unknown).',
      details: { reason: 'unknown', message: 'of a test' },
    });
  });
});

describe.each(WAITS)('a GPU process that is gone: %s', (name) => {
  it('is a loss, also where the call is turned down before the loss is told', async () => {
    const { device, calls } = open();
    device.answers[name] = dropped;
    setTimeout(() => {
      device.lose('unknown');
    }, 300);
    expect(await errorOf(calls[name]())).toMatchObject({
      code: 'device-lost',
      message: 'The GPU was lost (unknown).',
    });
  });
});

describe('a call that is turned down on a device that lives', () => {
  it('keeps its own reason', async () => {
    const { device, calls } = open();
    device.answers.map = dropped;
    expect(await errorOf(calls.map())).toMatchObject({ code: 'readback-failed' });
    device.answers.pipeline = () => Promise.reject(badText());
    expect(await errorOf(calls.pipeline())).toMatchObject({
      code: 'shader-compile',
      message: 'Shader "nothing": bad text',
    });
  });

  it.each(['compilation', 'scope'] as const)('is a loss where none may be: %s', async (name) => {
    const { device, calls } = open();
    device.answers[name] = dropped;
    expect(await errorOf(calls[name]())).toMatchObject({
      code: 'device-lost',
      message: 'The GPU no longer answers.',
      details: { message: 'Instance dropped' },
    });
  });
});

describe('the watch over waits', () => {
  it('is patient with a device that answers something', async () => {
    const { device, executor, calls } = open();
    device.answers.map = never;
    let isOver = false;
    const read = calls.map().catch((thrown: unknown) => {
      isOver = true;
      return thrown;
    });
    for (let second = 0; second < 4 * SILENCE_S; second++) {
      await vi.advanceTimersByTimeAsync(1000);
      await executor.idle();
    }
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(1000 * SILENCE_S);
    expect(await read).toMatchObject({ details: { reason: 'silent' } });
  });

  it('says of a device that we closed ourselves that it was closed', async () => {
    const { device, executor, calls } = open();
    device.answers.work = never;
    const waiting = calls.work().catch((thrown: unknown) => thrown);
    executor.destroy();
    const closed = { code: 'device-lost', details: { reason: CLOSED } };
    expect(await waiting).toMatchObject(closed);
    await vi.advanceTimersByTimeAsync(0);
    await expect(executor.idle()).rejects.toMatchObject(closed);
  });

  it('gives up nothing while nobody waits', () => {
    expect(open().executor.giveUp(0)).toBe(false);
  });

  it('is longer for software, which may compute a submit for minutes', () => {
    expect(silenceOf({ isSoftware: false })).toBe(60);
    expect(silenceOf({ isSoftware: true })).toBe(600);
  });
});
