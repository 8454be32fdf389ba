import { defineFault } from '../fault-row.ts';
import { onGpu } from '../hosts/on-machine.ts';

export const fault = defineFault({
  id: 'G18',
  fault: 'a dispatch without end',
  expected: 'the device counts as lost after its silence; a new one works',
  injection: 'seam',
  detects: /^device-lost: The GPU has not answered/,
  hosts: { page: onGpu('g18-endless') },
  notInjectable:
    'as a real loop: the software adapter has no watchdog and computes it for minutes after the device is gone; the queue that never ends is a seam',
});
