import { changed } from '../../support/machine/shared-device.ts';
import { runCases } from '../cases.ts';
import { addsRight } from './add-one.ts';
import type { MachineTrial } from './machine-trial.ts';

/** A buffer just over a limit is refused before the device is asked; one just under it is not refused by us. */
export const trial: MachineTrial = async (machine, { isInjected, isTimeUp }) => {
  let asked = 0;
  const executor = await machine.shared({
    replace: (device) =>
      changed(device, {
        createBuffer: (descriptor) => {
          asked += 1;
          return device.createBuffer(descriptor);
        },
      }),
  });
  const names = ['maxBufferSize', 'maxStorageBufferBindingSize'] as const;
  const outcome = await runCases(
    { isInjected, isTimeUp },
    names.map((name) => ({
      name,
      act: async () => {
        const limit = Math.floor((executor.profile.limits[name] ?? 0) / 4);
        const length = isInjected ? limit + 1 : 4096;
        const before = asked;
        const told = await machine.toldBy(() => {
          executor.free(executor.allocate('large', 'f32', length));
        });
        if (told !== '' && asked !== before) throw new Error('the device was asked for it');
        return told;
      },
      after: () => addsRight(executor),
    })),
  );
  executor.destroy();
  return outcome;
};
