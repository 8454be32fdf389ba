import { defineFault } from '../fault-row.ts';
import { onGpu } from '../hosts/on-machine.ts';

export const fault = defineFault({
  id: 'G20',
  fault: 'a buffer or a program of another executor, or a freed one',
  expected: 'stale-device',
  injection: 'real',
  detects: /^stale-device: /,
  hosts: { page: onGpu('g20-stale') },
});
