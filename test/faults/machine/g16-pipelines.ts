import { changed } from '../../support/machine/shared-device.ts';
import { deadCalls, never } from './hanging.ts';
import type { MachineTrial } from './machine-trial.ts';

/** A pipeline that is refused, or never comes. */
export const trial: MachineTrial = (machine, asked) =>
  deadCalls(machine, asked, [
    {
      name: 'is refused',
      replace: (device) =>
        changed(device, {
          createComputePipelineAsync: () =>
            Promise.reject(new GPUPipelineError('no room', { reason: 'internal' })),
        }),
      sees: /^shader-compile: Shader "add_one": no room/,
    },
    {
      name: 'never comes',
      replace: (device) => changed(device, { createComputePipelineAsync: never }),
      sees: /^device-lost: The GPU has not answered for \d+ seconds/,
    },
  ]);
