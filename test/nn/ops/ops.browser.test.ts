import { afterAll, describe, expect, it } from 'vitest';
import { sharedGpu } from '../../support/machine/shared-device.ts';
import { MAX_GROUPS } from '../../../src/compute/kernel.ts';
import { COLUMN_SUM } from '../../../src/nn/ops/column-sum.ts';
import { checkOp } from '../../support/ops/check-op.ts';
import { caseName, OP_TABLE } from '../../support/ops/op-specs.ts';
import { opDiffers } from '../../support/machine/shader-choice.ts';

const software = await sharedGpu({ variants: 'software' });
const hardware = await sharedGpu({ variants: 'hardware' });

/** Cases for which hardware has shaders of its own; the others would run the same ones again. */
const HARDWARE_TABLE = OP_TABLE.map(({ spec, cases }) => ({
  spec,
  cases: cases.filter((opCase) => opDiffers(hardware.profile, spec, opCase)),
})).filter(({ cases }) => cases.length > 0);

afterAll(() => {
  software.destroy();
  hardware.destroy();
});

describe.each([
  { name: 'software', executor: software, table: OP_TABLE },
  { name: 'hardware', executor: hardware, table: HARDWARE_TABLE },
])('WebGPU, $name shaders', ({ executor, table }) => {
  describe.each(table)('$spec.name', ({ spec, cases }) => {
    it.each(cases.map((opCase) => [caseName(opCase), opCase] as const))('%s', async (_, opCase) => {
      // The float64 reference itself is held against differences in the Node run of this table.
      await checkOp(executor, spec, { ...opCase, differences: false });
    });
  });
});

it('has shaders of its own for hardware', () => {
  const ops = HARDWARE_TABLE.map(({ spec }) => spec.name).join();
  for (const op of ['matmul', 'attention', 'rmsnorm']) expect(ops).toContain(op);
});

it('runs past the one-dimensional dispatch limit', async () => {
  const executor = await sharedGpu();
  const width = MAX_GROUPS * 64 + 64;
  const numbers = Float32Array.from({ length: width }, (_, i) => i % 1009);
  const out = executor.allocate('out', 'f32', width);
  const partial = executor.allocate('partial', 'f32', width);
  executor.write(partial, numbers);
  const step = { kernel: COLUMN_SUM, bind: { out, partial }, uniforms: { rows: 1, width } };
  const program = await executor.prepare('past the limit', [step]);
  executor.run(program);
  const got = await executor.readFloats(out);
  expect(got.findIndex((value, i) => value !== numbers[i])).toBe(-1);
  program.destroy();
  executor.free(out);
  executor.free(partial);
  executor.destroy();
});
