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
import type { PageHost, Visit } from '../hosts/page-host.ts';

/** How one leaves a page, and where the run can be started again. */
const WAYS: Readonly<Record<string, (host: PageHost, visit: Visit) => Promise<Visit>>> = {
  reloaded: async (_host, visit) => {
    await visit.page.reload();
    return visit;
  },
  'left and returned to': async (_host, visit) => {
    await visit.page.goto('about:blank');
    await visit.page.goBack();
    return visit;
  },
  'closed, its copy goes on': async (host, visit) => {
    const copy = await host.visit({ where: WHERE.cpu, context: visit.context });
    await visit.page.close({ runBeforeUnload: false });
    return copy;
  },
};

export const fault = defineFault({
  id: 'T06',
  fault: 'the page is reloaded, left and returned to, or copied, in the middle of a run',
  expected: 'one writer afterwards; the run goes on to the same bits',
  injection: 'real',
  detects: /^\d+ asked, continued/,
  hosts: {
    page: async (host, trial) => {
      const wanted = await undisturbed(host, WHERE.cpu, LONG_CELLS);
      return runCases(
        trial,
        Object.entries(WAYS).map(([name, leave]): FaultCase => {
          let wrong = '';
          return {
            name,
            act: async (isInjected) => {
              const visit = await host.visit({ where: WHERE.cpu });
              let asked = 0;
              // Who would lose work is asked first; here the answer is yes.
              visit.page.on('dialog', (dialog) => {
                asked += 1;
                void dialog.accept();
              });
              await startRun(visit.page, LONG_CELLS);
              if (!isInjected) {
                wrong = difference(await finished(visit.page), wanted);
                return '';
              }
              await reaches(visit.page, 1);
              const { page } = await leave(host, visit);
              await startRun(page, LONG_CELLS);
              wrong = difference(await finished(page), wanted);
              return `${String(asked)} asked, continued`;
            },
            after: () => Promise.resolve(wrong),
          };
        }),
      );
    },
  },
});
