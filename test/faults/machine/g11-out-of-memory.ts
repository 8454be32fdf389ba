import { changed } from '../../support/machine/shared-device.ts';
import { runCases } from '../cases.ts';
import { addsRight } from './add-one.ts';
import type { Machine, MachineTrial } from './machine-trial.ts';
import { stillRight, tinyBits } from './tiny-bits.ts';

/** More than a software adapter has in one piece, and less than it says it has: a real refusal. */
const TOO_LARGE = 2 ** 30;

/** What the device still says of a case is said to executors that nobody uses: they share the device. */
async function hearOut(machine: Machine): Promise<void> {
  for (let [turn, calm] = [0, 0]; turn < 20 && calm < 3; turn++) {
    const executor = await machine.shared();
    calm = (await machine.toldBy(() => addsRight(executor))) === '' ? calm + 1 : 0;
    executor.destroy();
  }
}

/** The device gives out at its k-th buffer, for every k of a training. */
export const trial: MachineTrial = async (machine, { isInjected, isTimeUp }) => {
  let buffers = 0;
  const counting = await machine.shared({
    replace: (device) =>
      changed(device, {
        createBuffer: (descriptor) => {
          buffers += 1;
          return device.createBuffer(descriptor);
        },
      }),
  });
  const wanted = await tinyBits(counting);
  counting.destroy();
  return runCases(
    { isInjected, isTimeUp },
    Array.from({ length: isInjected ? buffers : 1 }, (_, k) => ({
      name: `buffer ${String(k)} of ${String(buffers)}`,
      act: async () => {
        let made = 0;
        const executor = await machine.shared({
          replace: (device) =>
            changed(device, {
              createBuffer: (descriptor) => {
                const isIt = isInjected && made++ === k;
                return device.createBuffer(isIt ? { ...descriptor, size: TOO_LARGE } : descriptor);
              },
            }),
        });
        const told = await machine.toldBy(() => tinyBits(executor));
        const { liveBytes } = executor.memory();
        executor.destroy();
        if (liveBytes > 0) throw new Error(`${String(liveBytes)} bytes are still counted`);
        return told;
      },
      after: async () => {
        await hearOut(machine);
        const executor = await machine.shared();
        const still = await stillRight(executor, wanted);
        executor.destroy();
        return still;
      },
    })),
  );
};
