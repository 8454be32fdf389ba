import { changed } from '../../support/machine/shared-device.ts';
import { runCases } from '../cases.ts';
import type { MachineTrial } from './machine-trial.ts';
import { stillRight, tinyBits } from './tiny-bits.ts';

/** A bind group of a training step lacks a binding: every one of them in turn. */
export const trial: MachineTrial = async (machine, { isInjected, isLong, isTimeUp }) => {
  let groups = 0;
  const withGroups = (drop: (at: number) => boolean) =>
    machine.shared({
      replace: (device) => {
        let at = 0;
        return changed(device, {
          createBindGroup: (descriptor) => {
            const entries = [...descriptor.entries];
            groups = Math.max(groups, at + 1);
            const given = drop(at++) ? entries.slice(0, -1) : entries;
            return device.createBindGroup({ ...descriptor, entries: given });
          },
        });
      },
    });
  const calm = await withGroups(() => false);
  const wanted = await tinyBits(calm);
  calm.destroy();
  const stride = isLong ? 1 : 7;
  const dropped = Array.from({ length: groups }, (_, at) => at).filter((at) => at % stride === 0);
  return runCases(
    { isInjected, isTimeUp },
    (isInjected ? dropped : [0]).map((which) => ({
      name: `bind group ${String(which)} of ${String(groups)}`,
      act: async () => {
        const executor = await withGroups((at) => isInjected && at === which);
        const told = await machine.toldBy(() => tinyBits(executor));
        const { liveBytes } = executor.memory();
        executor.destroy();
        if (liveBytes > 0) throw new Error(`${String(liveBytes)} bytes are still counted`);
        return told;
      },
      after: async () => {
        const executor = await machine.shared();
        const still = await stillRight(executor, wanted);
        executor.destroy();
        return still;
      },
    })),
  );
};
