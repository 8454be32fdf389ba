import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDevice } from '../../src/compute/webgpu/device.ts';

const never = <T>() => new Promise<T>(() => undefined);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A browser whose adapter opens as told. */
function offer(requestDevice: () => Promise<unknown>) {
  const limits = { maxBufferSize: 1024, maxStorageBufferBindingSize: 512 };
  const info = { vendor: 'acme', architecture: 'one', description: '', isFallbackAdapter: false };
  const adapter = { features: new Set(['subgroups']), limits, info, requestDevice };
  vi.stubGlobal('navigator', { gpu: { requestAdapter: () => Promise.resolve(adapter) } });
  return { limits, info };
}

async function outcomeOf(opening: Promise<unknown>): Promise<unknown> {
  const outcome = opening.catch((thrown: unknown) => thrown);
  await vi.advanceTimersByTimeAsync(60_000);
  return outcome;
}

describe('opening a device', () => {
  it('asks for the limits of the adapter', async () => {
    const requestDevice = vi.fn(() => Promise.resolve({ limits: { maxBufferSize: 1024 } }));
    offer(requestDevice);
    const { profile } = await openDevice();
    expect(profile).toMatchObject({ vendor: 'acme', features: ['subgroups'], isSoftware: false });
    expect(requestDevice.mock.calls).toEqual([
      [
        {
          requiredFeatures: ['subgroups'],
          requiredLimits: { maxBufferSize: 1024, maxStorageBufferBindingSize: 512 },
        },
      ],
    ]);
  });

  it('waits 5 seconds for an adapter', async () => {
    vi.stubGlobal('navigator', { gpu: { requestAdapter: never } });
    expect(await outcomeOf(openDevice())).toMatchObject({
      code: 'adapter-unavailable',
      message: 'The browser has WebGPU but offers no adapter.',
    });
  });

  it('says what the browser says when the device is refused', async () => {
    offer(() => Promise.reject(new DOMException('the driver said no', 'OperationError')));
    expect(await outcomeOf(openDevice())).toMatchObject({
      code: 'adapter-unavailable',
      message: 'The GPU could not be opened: the driver said no.',
      hint: expect.stringMatching(/choose the CPU/) as string,
    });
  });

  it('waits 30 seconds for the device, and ends one that comes later', async () => {
    const destroy = vi.fn();
    let come: (device: object) => void = () => undefined;
    offer(
      () =>
        new Promise((resolve) => {
          come = resolve;
        }),
    );
    expect(await outcomeOf(openDevice())).toMatchObject({
      code: 'adapter-unavailable',
      message: 'The GPU could not be opened: it did not answer within 30 seconds.',
    });
    come({ destroy });
    await vi.advanceTimersByTimeAsync(0);
    expect(destroy).toHaveBeenCalledOnce();
  });
});
