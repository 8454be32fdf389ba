import { it } from 'vitest';
import { withGpu } from '../support/gpu.ts';
import { checkRankByTitles } from '../support/rank-titles.ts';

it('recommends by generated titles on WebGPU', async () => {
  await withGpu(checkRankByTitles);
});
