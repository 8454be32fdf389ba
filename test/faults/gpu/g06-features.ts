import { defineFault } from '../fault-row.ts';
import { onGpu } from '../hosts/on-machine.ts';

export const fault = defineFault({
  id: 'G06',
  fault: 'an optional feature is missing',
  expected: 'nothing is said, and kernels that need none of them compute the same bits',
  injection: 'seam',
  detects: /^without \w/,
  hosts: { page: onGpu('g06-features') },
});
