import { changed } from '../../support/machine/shared-device.ts';
import { runCases } from '../cases.ts';
import type { MachineTrial } from './machine-trial.ts';
import { stillRight, tinyBits } from './tiny-bits.ts';

/** Each shader of a training in turn does not compile: it is named with the place, and no other suffers. */
export const trial: MachineTrial = async (machine, { isInjected, isTimeUp }) => {
  const texts = new Map<string, string>();
  const withShaders = (change: (code: string, label: string) => string) =>
    machine.shared({
      replace: (device) =>
        changed(device, {
          createShaderModule: ({ label = '', code }) => {
            texts.set(code, label);
            return device.createShaderModule({ label, code: change(code, label) });
          },
        }),
    });
  const calm = await withShaders((code) => code);
  const wanted = await tinyBits(calm);
  calm.destroy();
  const shaders = [...texts];
  return runCases(
    { isInjected, isTimeUp },
    (isInjected ? shaders : shaders.slice(0, 1)).map(([text, label]) => {
      const lines = text.trimEnd().split('\n').length;
      return {
        name: label,
        sees: new RegExp(`Shader "${label}":${String(lines + 1)}:\\d+: `),
        act: async () => {
          const broken = `${text.trimEnd()}\nconst broken: u32 = true;`;
          const executor = await withShaders((code) =>
            isInjected && code === text ? broken : code,
          );
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
      };
    }),
  );
};
