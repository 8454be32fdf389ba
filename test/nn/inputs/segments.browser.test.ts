import { describe, it } from 'vitest';
import { checkPackedLogits, checkPackedTraining } from '../../support/ops/segments.ts';
import { withGpu } from '../../support/machine/gpu.ts';

describe('packed sequences on WebGPU', () => {
  it('have the logits of padded ones', () => withGpu(checkPackedLogits));
  it('train like padded ones', () => withGpu(checkPackedTraining));
});
