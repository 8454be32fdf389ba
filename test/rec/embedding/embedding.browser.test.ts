import { describe, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { checkGradients, WITH_VECTORS } from '../../support/models/embedding-model.ts';
import {
  checkAgreement,
  checkCloseness,
  checkMask,
} from '../../support/models/embedding-training.ts';
import { withGpu } from '../../support/machine/gpu.ts';

describe('the embedding paradigm', () => {
  it('has the gradients of float64 on WebGPU', () => withGpu(checkGradients));
  it('has them with vectors of items on WebGPU', () =>
    withGpu((executor) => checkGradients(executor, WITH_VECTORS)));
  it('trains and ranks on WebGPU as on the CPU', () =>
    withGpu((executor) => checkAgreement(executor, createCpuExecutor())));
  it('counts close negatives and masks by item on WebGPU', () => withGpu(checkCloseness));
  it("masks each user's own history on WebGPU", () => withGpu(checkMask));
});
