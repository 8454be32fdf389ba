import { it } from 'vitest';
import { withGpu } from '../../support/machine/gpu.ts';
import { checkRankByTitles } from '../../support/models/rank-titles.ts';

it('recommends by generated titles on WebGPU', async () => {
  await withGpu(checkRankByTitles);
});
