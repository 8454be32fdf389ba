import { describe, it } from 'vitest';
import { withGpu } from '../../support/machine/gpu.ts';
import {
  checkAccumulation,
  checkEstimate,
  checkFrozen,
  checkMultipliers,
  checkRecompute,
} from '../../support/models/train-memory.ts';

describe('training memory on WebGPU', () => {
  it('keeps frozen tensors as they are, at no cost', () => withGpu(checkFrozen));
  it('multiplies learning rates and switches decay', () => withGpu(checkMultipliers));
  it('adds micro-batches up', () => withGpu(checkAccumulation));
  it('takes the bytes that were estimated', () => withGpu(checkEstimate));
  it('computes blocks again with the same bits', () => withGpu(checkRecompute));
});
