import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { disturbedRun, problemOf } from '../hosts/app-run.ts';
import { FRAGILE_WORKER, SAY } from '../hosts/worker-seams.ts';

export const fault = defineFault({
  id: 'W04',
  fault: 'the lab worker is caught in a loop',
  expected:
    'ended after ten seconds of silence, a new worker, and the run goes on to the same bits',
  injection: 'seam',
  detects: /gave no sign of life for 10 seconds.*started anew/,
  hosts: {
    page: (host, trial) => {
      let wrong = '';
      return runCases(trial, [
        {
          name: 'a loop without end',
          act: async (isInjected) => {
            const options = { inWorker: FRAGILE_WORKER };
            const run = await disturbedRun(host, isInjected, options, async ({ page }) => {
              await page.evaluate(SAY('wedge'));
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
