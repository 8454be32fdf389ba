import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../src/compute/executor.ts';
import { createWebGpuExecutor } from '../../src/compute/webgpu/webgpu-executor.ts';
import { MAX_GROUPS } from '../../src/compute/kernel.ts';
import { COLUMN_SUM } from '../../src/nn/ops/column-sum.ts';
import { checkOp } from '../support/check-op.ts';
import { caseName, OP_TABLE } from '../support/op-specs.ts';

describe.each(['software', 'hardware'])('WebGPU, %s shaders', (variants) => {
  let executor: Executor;

  beforeAll(async () => {
    executor = await createWebGpuExecutor({ variants });
  });

  afterAll(() => {
    executor.destroy();
  });

  describe.each(OP_TABLE)('$spec.name', ({ spec, cases }) => {
    it.each(cases.map((opCase) => [caseName(opCase), opCase] as const))('%s', async (_, opCase) => {
      // The float64 reference itself is held against differences in the Node run of this table.
      await checkOp(executor, spec, { ...opCase, differences: false });
    });
  });
});

it('runs past the one-dimensional dispatch limit', async () => {
  const executor = await createWebGpuExecutor();
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
