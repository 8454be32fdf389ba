import { it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { checkRankByTitles } from '../../support/models/rank-titles.ts';

it('recommends by generated titles on the CPU executor', async () => {
  await checkRankByTitles(createCpuExecutor());
});
