import { describe, it } from 'vitest';
import { checkBeamSearch } from '../../support/models/beam-search.ts';
import { withGpu } from '../../support/machine/gpu.ts';

describe('beam search on WebGPU', () => {
  // 64: every level binds its own rows of the head; 20: offsets do not align, the whole head runs.
  it.each([64, 20])('ranks as brute force does, width %d', async (width) => {
    await withGpu((executor) => checkBeamSearch(executor, width));
  });
});
