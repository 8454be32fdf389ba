import { runCases, type FaultCase } from '../cases.ts';
import { defineFault, type Run } from '../fault-row.ts';
import { disturbedRun, oneLine, problemOf } from '../hosts/app-run.ts';
import type { PageHost } from '../hosts/page-host.ts';
import { FRAGILE_WORKER, SAY } from '../hosts/worker-seams.ts';

const page: Run<PageHost> = (host, trial) => {
  let wrong = '';
  const throws: FaultCase = {
    name: 'throws',
    sees: /thrown by a test.*started anew/,
    act: async (isInjected) => {
      const run = await disturbedRun(
        host,
        isInjected,
        { inWorker: FRAGILE_WORKER },
        async (visit) => {
          await visit.page.evaluate(SAY('throw'));
          return problemOf(visit.page);
        },
      );
      ({ wrong } = run);
      return run.told;
    },
    after: () => Promise.resolve(wrong),
  };
  const rejects: FaultCase = {
    name: 'rejects, and nobody listens',
    sees: /rejected by a test/,
    act: async (isInjected) => {
      const run = await disturbedRun(
        host,
        isInjected,
        { inWorker: FRAGILE_WORKER },
        async (visit) => {
          const heard = visit.page.waitForEvent('console', {
            predicate: (message) => message.text().startsWith('lab worker:'),
          });
          await visit.page.evaluate(SAY('reject'));
          const text = oneLine((await heard).text());
          visit.thrown.splice(
            visit.thrown.findIndex((one) => oneLine(one) === text),
            1,
          );
          return text;
        },
      );
      ({ wrong } = run);
      return run.told;
    },
    after: () => Promise.resolve(wrong),
  };
  return runCases(trial, [throws, rejects]);
};

export const fault = defineFault({
  id: 'W01',
  fault: 'the lab worker throws, or rejects, and nobody catches it',
  expected:
    'thrown: told, a new worker, and the run goes on to the same bits; rejected: told on the console, the run is not disturbed',
  injection: 'seam',
  detects: /by a test/,
  hosts: { page },
});
