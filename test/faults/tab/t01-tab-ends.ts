import { runCases, type FaultCase } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import {
  difference,
  finished,
  LONG_CELLS,
  reaches,
  startRun,
  undisturbed,
  WHERE,
} from '../hosts/app-run.ts';
import { storedWeights } from '../hosts/page-storage.ts';
import type { Visit } from '../hosts/page-host.ts';

/** How a tab ends in the middle of a cell. */
const ENDS: Readonly<Record<string, (visit: Visit) => Promise<void>>> = {
  'is closed': ({ page }) => page.close({ runBeforeUnload: false }),
  crashes: async ({ page, context }) => {
    const session = await context.newCDPSession(page);
    const crashed = page.waitForEvent('crash');
    // It never answers.
    session.send('Page.crash').catch(() => undefined);
    await crashed;
    await page.close();
  },
};

export const fault = defineFault({
  id: 'T01',
  fault: 'the tab is closed, or crashes, in the middle of a run',
  expected: 'what was finished is there and whole; the run goes on from it to the same bits',
  injection: 'real',
  detects: /^continued from [1-9]\d* stored/,
  isOwnSign: true,
  hosts: {
    page: async (host, trial) => {
      const wanted = await undisturbed(host, WHERE.cpu, LONG_CELLS);
      return runCases(
        trial,
        Object.entries(ENDS).map(([name, end]): FaultCase => {
          let wrong = '';
          return {
            name,
            act: async (isInjected) => {
              const first = await host.visit({ where: WHERE.cpu });
              await startRun(first.page, LONG_CELLS);
              if (!isInjected) {
                wrong = difference(await finished(first.page), wanted);
                return '';
              }
              await reaches(first.page, 1);
              const before = await storedWeights(first.page);
              await end(first);
              const { page } = await host.visit({ where: WHERE.cpu, context: first.context });
              const stored = await storedWeights(page);
              const lost = difference(stored, before);
              await startRun(page, LONG_CELLS);
              wrong = difference(await finished(page), wanted);
              if (lost !== '') throw new Error(`afterwards ${lost}`);
              return `continued from ${String(Object.keys(stored).length)} stored`;
            },
            after: () => Promise.resolve(wrong),
          };
        }),
      );
    },
  },
});
