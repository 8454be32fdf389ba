import { defineFault } from '../fault-row.ts';
import { onGpu } from '../hosts/on-machine.ts';

export const fault = defineFault({
  id: 'G17',
  fault: 'mapAsync rejects or never settles',
  expected: 'readback-failed or device-lost, never zeros',
  injection: 'seam',
  detects: /^(readback-failed|device-lost): /,
  hosts: { page: onGpu('g17-mapping') },
});
