import { defineFault } from '../fault-row.ts';
import { onGpu } from '../hosts/on-machine.ts';

export const fault = defineFault({
  id: 'G15',
  fault: 'a shader does not compile, each of a training in turn',
  expected: 'shader-compile with name, line and column; the others are not affected',
  injection: 'seam',
  detects: /^shader-compile: Shader /,
  hosts: { page: onGpu('g15-bad-shader') },
});
