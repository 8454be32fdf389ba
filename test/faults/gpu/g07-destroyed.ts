import { defineFault } from '../fault-row.ts';
import { onGpu } from '../hosts/on-machine.ts';

export const fault = defineFault({
  id: 'G07',
  fault: 'the device is destroyed at a random point of a training',
  expected:
    'device-lost; no output of it is used; from the last kept state to the bits of an undisturbed training',
  injection: 'real',
  detects: /^device-lost: /,
  hosts: { page: onGpu('g07-destroyed') },
});
