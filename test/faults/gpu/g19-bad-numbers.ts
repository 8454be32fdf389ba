import { defineFault } from '../fault-row.ts';
import { onCpu, onGpu } from '../hosts/on-machine.ts';
import { trial } from '../machine/g19-bad-numbers.ts';

export const fault = defineFault({
  id: 'G19',
  fault: 'NaN or infinity in a weight, each tensor in turn',
  expected:
    'the first step stops the training, names the tensor and its element, and changes no weight',
  injection: 'file',
  detects: /^non-finite: Step 3: .+ because of element \d+ of \"/,
  hosts: { page: onGpu('g19-bad-numbers'), node: onCpu(trial) },
  isShort: true,
});
