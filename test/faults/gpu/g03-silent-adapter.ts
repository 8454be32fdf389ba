import { defineFault } from '../fault-row.ts';
import { ADAPTER, withoutGpu } from '../hosts/without-gpu.ts';

export const fault = defineFault({
  id: 'G03',
  fault: 'requestAdapter rejects or never answers',
  expected: 'as without an adapter, within five seconds',
  injection: 'seam',
  detects: /The browser has WebGPU but offers no adapter/,
  hosts: {
    page: (host, trial) =>
      withoutGpu(host, trial, {
        rejects: { inWorker: ADAPTER(`return Promise.reject(new Error('of a test'));`) },
        'never answers': { inWorker: ADAPTER('return new Promise(() => undefined);') },
      }),
  },
});
