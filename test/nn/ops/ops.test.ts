import { describe, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { checkOp } from '../../support/ops/check-op.ts';
import { caseName, OP_TABLE } from '../../support/ops/op-specs.ts';

describe.each(OP_TABLE)('$spec.name on the CPU executor', ({ spec, cases }) => {
  it.each(cases.map((opCase) => [caseName(opCase), opCase] as const))('%s', async (_, opCase) => {
    await checkOp(createCpuExecutor(), spec, opCase);
  });
});
