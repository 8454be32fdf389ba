import { it } from 'vitest';
import { withGpu } from '../../support/machine/gpu.ts';
import { checkLoss, CONFIG, FORMS } from '../../support/models/compact-ids.ts';
import { checkProbe } from '../../support/models/compact-probe.ts';
import { checkSearch } from '../../support/models/compact-search.ts';

// The first form and the last one run every kernel; on one device each is compiled once.
it('compact ids on WebGPU have the loss, the gradients, the search and the probe of float64', async () => {
  await withGpu(async (executor) => {
    for (const form of [FORMS[0], FORMS[3]]) {
      await checkLoss(executor, { ...CONFIG, ...form });
      await checkSearch(executor, { ...CONFIG, ...form });
      await checkProbe(executor, { ...CONFIG, ...form });
    }
  });
});
