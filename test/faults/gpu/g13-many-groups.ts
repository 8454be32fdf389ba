import { defineFault } from '../fault-row.ts';
import { onGpu } from '../hosts/on-machine.ts';

export const fault = defineFault({
  id: 'G13',
  fault: 'a dispatch has more groups than one dimension takes',
  expected: 'a second dimension takes the rest, every value is right',
  injection: 'real',
  detects: /^\d+ × \d+ groups$/,
  hosts: { page: onGpu('g13-many-groups') },
});
