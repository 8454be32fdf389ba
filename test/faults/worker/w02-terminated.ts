import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { disturbedRun, problemOf } from '../hosts/app-run.ts';
import { END_LAB, KEPT_WORKERS } from '../hosts/worker-seams.ts';

export const fault = defineFault({
  id: 'W02',
  fault: 'the lab worker is terminated while calls wait',
  expected: 'told after ten seconds of silence, a new worker, and the run goes on to the same bits',
  injection: 'real',
  detects: /gave no sign of life for 10 seconds.*started anew/,
  hosts: {
    page: (host, trial) => {
      let wrong = '';
      return runCases(trial, [
        {
          name: 'terminated in a cell',
          act: async (isInjected) => {
            const run = await disturbedRun(
              host,
              isInjected,
              { inPage: KEPT_WORKERS },
              async ({ page }) => {
                await page.evaluate(END_LAB);
                return problemOf(page);
              },
            );
            ({ wrong } = run);
            return run.told;
          },
          after: () => Promise.resolve(wrong),
        },
      ]);
    },
  },
});
