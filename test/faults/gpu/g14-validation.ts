import { defineFault } from '../fault-row.ts';
import { onGpu } from '../hosts/on-machine.ts';

export const fault = defineFault({
  id: 'G14',
  fault: 'a binding is missing in a bind group of a step',
  expected: 'gpu-validation, and nothing of the step is used',
  injection: 'seam',
  detects: /^gpu-validation: /,
  hosts: { page: onGpu('g14-validation') },
});
