import { defineFault } from '../fault-row.ts';
import { onGpu } from '../hosts/on-machine.ts';

export const fault = defineFault({
  id: 'G16',
  fault: 'a pipeline is refused or never comes',
  expected: 'shader-compile, or device-lost once the device was silent for long',
  injection: 'seam',
  detects: /^(shader-compile|device-lost): /,
  hosts: { page: onGpu('g16-pipelines') },
});
