import { defineFault } from '../fault-row.ts';
import { ADAPTER, withoutGpu } from '../hosts/without-gpu.ts';

export const fault = defineFault({
  id: 'G02',
  fault: 'the browser has WebGPU and no adapter',
  expected: 'adapter-unavailable in words of its own; the CPU can be chosen',
  injection: 'real',
  detects: /The browser has WebGPU but offers no adapter/,
  hosts: {
    page: (host, trial) =>
      withoutGpu(host, trial, {
        'a browser without the flag': { adapter: 'none' },
        'null is answered': { inWorker: ADAPTER('return Promise.resolve(null);') },
      }),
  },
});
