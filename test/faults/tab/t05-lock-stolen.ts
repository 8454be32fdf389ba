import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { clickRun, disturbedRun, problemOf } from '../hosts/app-run.ts';

/** Takes the lock of who writes, and gives it back. */
const STEAL = `navigator.locks.request('mmgrid:writer', { steal: true }, () => undefined)`;

export const fault = defineFault({
  id: 'T05',
  fault: 'another tab takes the lock from the one that writes',
  expected: 'the run stops and says so; run again, it goes on to the same bits',
  injection: 'real',
  detects: /Another tab of this app has taken over the storage/,
  hosts: {
    page: (host, trial) => {
      let wrong = '';
      return runCases(trial, [
        {
          name: 'stolen in a cell',
          act: async (isInjected) => {
            const run = await disturbedRun(host, isInjected, {}, async ({ page, context }) => {
              const other = await context.newPage();
              await other.goto(`${host.url}favicon.ico`);
              await other.evaluate(STEAL);
              await other.close();
              const told = await problemOf(page);
              await clickRun(page);
              return told;
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
