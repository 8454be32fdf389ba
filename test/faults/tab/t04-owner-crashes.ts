import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import {
  clickRun,
  difference,
  finished,
  LONG_CELLS,
  problemOf,
  reaches,
  startRun,
  undisturbed,
  WHERE,
} from '../hosts/app-run.ts';

export const fault = defineFault({
  id: 'T04',
  fault: 'the tab that writes crashes while another waits',
  expected: 'the other may run at once; no cell is lost, and the bits are the same',
  injection: 'real',
  detects: /Another tab of this app is running.* then continued/,
  hosts: {
    page: async (host, trial) => {
      const wanted = await undisturbed(host, WHERE.cpu, LONG_CELLS);
      let wrong = '';
      return runCases(trial, [
        {
          name: 'the writer',
          act: async (isInjected) => {
            const owner = await host.visit({ where: WHERE.cpu });
            await startRun(owner.page, LONG_CELLS);
            if (!isInjected) {
              wrong = difference(await finished(owner.page), wanted);
              return '';
            }
            await reaches(owner.page, 1);
            const { page } = await host.visit({ where: WHERE.cpu, context: owner.context });
            await startRun(page, LONG_CELLS);
            const told = await problemOf(page);
            const session = await owner.context.newCDPSession(owner.page);
            const crashed = owner.page.waitForEvent('crash');
            session.send('Page.crash').catch(() => undefined);
            await crashed;
            await owner.page.close();
            await clickRun(page);
            wrong = difference(await finished(page), wanted);
            return `${told}, then continued`;
          },
          after: () => Promise.resolve(wrong),
        },
      ]);
    },
  },
});
