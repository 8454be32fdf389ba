import { defineFault } from '../fault-row.ts';
import { onGpu } from '../hosts/on-machine.ts';

export const fault = defineFault({
  id: 'G09',
  fault: 'requestDevice rejects, never answers, or gives a device that is lost',
  expected: 'adapter-unavailable or device-lost, within a deadline; the next one works',
  injection: 'seam',
  detects: /^(adapter-unavailable: The GPU could not be opened: |device-lost: )/,
  hosts: { page: onGpu('g09-no-device') },
});
