import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { disturbedRun, problemOf } from '../hosts/app-run.ts';
import { FRAGILE_WORKER, SAY } from '../hosts/worker-seams.ts';

export const fault = defineFault({
  id: 'W05',
  fault: 'the lab worker gets no memory',
  expected: 'told, the page lives, a new worker, and the run goes on to the same bits',
  injection: 'seam',
  detects: /RangeError.*started anew/,
  hosts: {
    page: (host, trial) => {
      let wrong = '';
      return runCases(trial, [
        {
          name: 'an array of 4 PiB',
          act: async (isInjected) => {
            const options = { inWorker: FRAGILE_WORKER };
            const run = await disturbedRun(host, isInjected, options, async ({ page }) => {
              await page.evaluate(SAY('memory'));
              return problemOf(page);
            });
            ({ wrong } = run);
            return run.told;
          },
          after: () => Promise.resolve(wrong),
        },
      ]);
    },
  },
});
