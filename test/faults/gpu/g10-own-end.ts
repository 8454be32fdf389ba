import { defineFault } from '../fault-row.ts';
import { onGpu } from '../hosts/on-machine.ts';

export const fault = defineFault({
  id: 'G10',
  fault: 'we close the device ourselves under a run',
  expected: 'the run ends with device-lost, and no other device is opened',
  injection: 'real',
  detects: /^device-lost: The GPU device was closed/,
  hosts: { page: onGpu('g10-own-end') },
});
