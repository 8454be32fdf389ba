import { defineFault } from '../fault-row.ts';
import { onGpu } from '../hosts/on-machine.ts';

export const fault = defineFault({
  id: 'G11',
  fault: 'out of memory at the k-th buffer, for every k of a training',
  expected: 'gpu-out-of-memory; no byte stays counted; the same training then has its bits',
  injection: 'real',
  detects: /^gpu-out-of-memory: /,
  hosts: { page: onGpu('g11-out-of-memory') },
});
