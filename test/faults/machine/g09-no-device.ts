import { openDevice } from '../../../src/compute/webgpu/device.ts';
import { WebGpuExecutor } from '../../../src/compute/webgpu/webgpu-executor.ts';
import { runCases } from '../cases.ts';
import { addsRight } from './add-one.ts';
import type { MachineTrial } from './machine-trial.ts';

type Request = GPUAdapter['requestDevice'];

/** What an adapter may do instead of giving a device that lives. */
const INSTEAD: Readonly<Record<string, (request: Request) => Request>> = {
  rejects: () => () => Promise.reject(new DOMException('the driver said no', 'OperationError')),
  'never answers': () => () => new Promise(() => undefined),
  'gives a device that is lost already': (request) => async (wish) => {
    const device = await request(wish);
    device.destroy();
    await device.lost;
    return device;
  },
};

/** The adapter is asked in vain; the next one that is asked answers. */
export const trial: MachineTrial = (machine, { isInjected, isTimeUp }) =>
  runCases(
    { isInjected, isTimeUp },
    Object.entries(INSTEAD).map(([name, instead]) => ({
      name,
      act: async () => {
        const { prototype } = GPUAdapter;
        const own = Object.getOwnPropertyDescriptor(prototype, 'requestDevice') ?? {};
        if (isInjected) {
          Object.defineProperty(prototype, 'requestDevice', {
            configurable: true,
            value(this: GPUAdapter, wish?: GPUDeviceDescriptor) {
              return instead((w) => (own.value as Request).call(this, w))(wish);
            },
          });
        }
        try {
          return await machine.toldBy(async () => {
            const executor = new WebGpuExecutor(await openDevice());
            // A loss is told in a turn of its own.
            await executor.idle();
            const sums = await addsRight(executor);
            executor.destroy();
            if (sums !== '') throw new Error(sums);
          });
        } finally {
          Object.defineProperty(prototype, 'requestDevice', own);
        }
      },
      after: async () => {
        const { executor } = await machine.open();
        const still = await addsRight(executor);
        executor.destroy();
        return still;
      },
    })),
  );
