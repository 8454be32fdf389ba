import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { disturbedRun, problemNow } from '../hosts/app-run.ts';

/** Longer than a worker may be silent. */
const FROZEN_MS = 15_000;

export const fault = defineFault({
  id: 'G22',
  fault: 'the page is frozen for longer than its worker may be silent',
  expected: 'no worker is taken for dead; the run comes to the same bits',
  injection: 'real',
  detects: /^frozen, nothing restarted$/,
  hosts: {
    page: (host, trial) => {
      let wrong = '';
      return runCases(trial, [
        {
          name: 'frozen in a cell',
          act: async (isInjected) => {
            const run = await disturbedRun(host, isInjected, {}, async ({ page, context }) => {
              const session = await context.newCDPSession(page);
              await session.send('Page.setWebLifecycleState', { state: 'frozen' });
              await new Promise((resolve) => setTimeout(resolve, FROZEN_MS));
              await session.send('Page.setWebLifecycleState', { state: 'active' });
              const problem = await problemNow(page);
              return problem === '' ? 'frozen, nothing restarted' : problem;
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
