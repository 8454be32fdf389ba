import { defineFault } from '../fault-row.ts';
import { onGpu } from '../hosts/on-machine.ts';

export const fault = defineFault({
  id: 'G21',
  fault: 'training, merging and loss over and over',
  expected: 'no byte stays counted after any of them',
  injection: 'real',
  detects: /^cycle \d+/,
  isOwnSign: true,
  hosts: { page: onGpu('g21-leak') },
});
