import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { disturbedRun, LONG_CELLS, problemOf, startRun, WHERE } from '../hosts/app-run.ts';

export const fault = defineFault({
  id: 'T03',
  fault: 'two tabs run the same document at the same time',
  expected: 'one writes; the other is told who does, and changes nothing',
  injection: 'real',
  detects: /Another tab of this app is running an experiment/,
  hosts: {
    page: (host, trial) => {
      let wrong = '';
      return runCases(trial, [
        {
          name: 'a second tab',
          act: async (isInjected) => {
            const run = await disturbedRun(host, isInjected, {}, async ({ context }) => {
              const { page } = await host.visit({ where: WHERE.cpu, context });
              await startRun(page, LONG_CELLS);
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
