import { openDevice } from '../../../src/compute/webgpu/device.ts';
import { WebGpuExecutor } from '../../../src/compute/webgpu/webgpu-executor.ts';
import { runCases } from '../cases.ts';
import type { MachineTrial } from './machine-trial.ts';
import { tinyBits } from './tiny-bits.ts';

/** A device without features computes what one with all of them does, in the kernels that need none. */
export const trial: MachineTrial = async (_machine, { isInjected, isTimeUp }) => {
  const bitsWith = async (features?: readonly GPUFeatureName[]) => {
    const opened = await openDevice(features === undefined ? {} : { features });
    const executor = new WebGpuExecutor(opened, { variants: 'plain' });
    const bits = await tinyBits(executor, 1);
    executor.destroy();
    return { bits, features: opened.profile.features };
  };
  const all = await bitsWith();
  let bits = '';
  return runCases({ isInjected, isTimeUp }, [
    {
      name: 'no optional feature',
      act: async () => {
        const bare = await bitsWith(isInjected ? [] : undefined);
        ({ bits } = bare);
        const missing = all.features.filter((feature) => !bare.features.includes(feature));
        return missing.length === 0 ? '' : `without ${missing.join(', ')}`;
      },
      after: () => Promise.resolve(bits === all.bits ? '' : 'other bits'),
    },
  ]);
};
