import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { checkOp } from '../../support/ops/check-op.ts';
import { caseName, OP_TABLE } from '../../support/ops/op-specs.ts';
import { openWasm } from '../../support/machine/wasm.ts';

/** The three ways in which users meet the CPU executor. */
const WAYS = [
  ['two threads, fused multiply-add', { threads: 2 }],
  ['one thread, fused multiply-add', {}],
  ['one thread, plain SIMD', { mayRelax: false }],
] as const;

describe.each(WAYS)('WebAssembly, %s', (_, options) => {
  let executor: Executor;

  beforeAll(async () => {
    executor = await openWasm(options);
  });

  afterAll(() => {
    executor.destroy();
  });

  describe.each(OP_TABLE)('$spec.name', ({ spec, cases }) => {
    it.each(cases.map((opCase) => [caseName(opCase), opCase] as const))('%s', async (_, opCase) => {
      await checkOp(executor, spec, { ...opCase, differences: false });
    });
  });
});
