import { defineFault } from '../fault-row.ts';
import { NO_API, withoutGpu } from '../hosts/without-gpu.ts';

export const fault = defineFault({
  id: 'G01',
  fault: 'the browser has no WebGPU',
  expected:
    'one message with the reason and browsers that have it; everything else works, and so does the CPU',
  injection: 'seam',
  detects: /This browser has no WebGPU.*Use a current Chrome/,
  hosts: {
    page: (host, trial) =>
      withoutGpu(host, trial, { 'no navigator.gpu': { inPage: NO_API, inWorker: NO_API } }),
  },
  notInjectable:
    'over an insecure address: the local server answers to the names of this computer alone, which are secure; the worker without navigator.gpu is a seam',
});
