import { changed } from '../../support/machine/shared-device.ts';
import { runCases, type FaultCase } from '../cases.ts';
import type { Outcome, Trial } from '../fault-row.ts';
import type { Machine } from './machine-trial.ts';
import { addsRight } from './add-one.ts';

/** Seconds of silence after which these devices count as lost; enough for a busy machine to add 64 numbers. */
const SILENCE_S = 15;

export interface DeadCall {
  readonly name: string;
  /** The device with the call that does not do what it should. */
  readonly replace: (device: GPUDevice) => GPUDevice;
  readonly sees: RegExp;
}

/** A device one of whose calls is turned down or never answered: told, never waited for for ever, never zeros. */
export function deadCalls(
  machine: Machine,
  { isInjected, isTimeUp }: Trial,
  calls: readonly DeadCall[],
): Promise<Outcome> {
  return runCases(
    { isInjected, isTimeUp },
    calls.map(({ name, replace, sees }): FaultCase => ({
      name,
      sees,
      act: async () => {
        const executor = await machine.shared(
          isInjected ? { replace, silenceS: SILENCE_S } : { silenceS: SILENCE_S },
        );
        const told = await machine.toldBy(async () => {
          const wrong = await addsRight(executor);
          if (wrong !== '') throw new Error(wrong);
        });
        executor.destroy();
        return told;
      },
      after: async () => {
        const executor = await machine.shared();
        const still = await addsRight(executor);
        executor.destroy();
        return still;
      },
    })),
  );
}

export const never = <T>() => new Promise<T>(() => undefined);

/** The device whose buffers answer to `mapAsync` like this. */
export function mapping(device: GPUDevice, answer: () => Promise<undefined>): GPUDevice {
  return changed(device, {
    createBuffer: (descriptor) => {
      const buffer = device.createBuffer(descriptor);
      if ((descriptor.usage & GPUBufferUsage.MAP_READ) !== 0) buffer.mapAsync = answer;
      return buffer;
    },
  });
}
