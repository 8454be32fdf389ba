import { defineFault } from '../fault-row.ts';
import { onCpu, onGpu } from '../hosts/on-machine.ts';
import { trial } from '../machine/g05-limits.ts';

export const fault = defineFault({
  id: 'G05',
  fault: 'an adapter offers less than a model needs',
  expected:
    'limit-exceeded names the limit, need and what there is before anything runs; where parts fit, same bits in shards',
  injection: 'seam',
  detects: /^limit-exceeded: .+ needs .+ allows /,
  hosts: { page: onGpu('g05-limits'), node: onCpu(trial) },
  isShort: true,
});
