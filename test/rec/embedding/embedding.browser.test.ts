import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import { checkGradients } from '../../support/models/embedding-model.ts';
import {
  checkAgreement,
  checkMask,
  checkTraining,
} from '../../support/models/embedding-training.ts';
import { withGpu } from '../../support/machine/gpu.ts';

describe('the embedding paradigm', () => {
  it('has the gradients of float64 on WebGPU', () => withGpu(checkGradients));
  it('trains and ranks on WebGPU as on the CPU', () =>
    withGpu((executor) => checkAgreement(executor, createCpuExecutor())));
  it("masks each user's own history on WebGPU", () => withGpu(checkMask));

  it('has the same gradients, learns and agrees in WebAssembly', async () => {
    const executor = await createWasmExecutor();
    try {
      await checkGradients(executor);
      await checkAgreement(executor, createCpuExecutor());
      const parameters = await checkTraining(executor);
      expect(parameters.every(Number.isFinite)).toBe(true);
    } finally {
      executor.destroy();
    }
  });
});
