import { defineFault } from '../fault-row.ts';
import { onGpu } from '../hosts/on-machine.ts';

export const fault = defineFault({
  id: 'G12',
  fault: 'a buffer is larger than the device allows',
  expected: 'refused before the device is asked',
  injection: 'real',
  detects: /^limit-exceeded: /,
  hosts: { page: onGpu('g12-too-large') },
});
