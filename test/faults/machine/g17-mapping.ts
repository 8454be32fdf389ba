import { deadCalls, mapping, never } from './hanging.ts';
import type { MachineTrial } from './machine-trial.ts';

/** Bytes that cannot be read, or never come: there is an error, and no zeros. */
export const trial: MachineTrial = (machine, asked) =>
  deadCalls(machine, asked, [
    {
      name: 'is turned down',
      replace: (device) =>
        mapping(device, () => Promise.reject(new DOMException('no room', 'OperationError'))),
      sees: /^readback-failed: Could not read "values"/,
    },
    {
      name: 'never comes',
      replace: (device) => mapping(device, never),
      sees: /^device-lost: The GPU has not answered for \d+ seconds/,
    },
  ]);
