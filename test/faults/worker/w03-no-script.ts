import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { oneLine, WHERE } from '../hosts/app-run.ts';

export const fault = defineFault({
  id: 'W03',
  fault: 'the script of the lab worker is not there',
  expected: 'the engine does not run, which is said with a button to try again; the page lives',
  injection: 'real',
  detects: /Engine not running/,
  hosts: {
    page: (host, trial) =>
      runCases(trial, [
        {
          name: 'answered with 404',
          act: async (isInjected) => {
            const { page } = await host.visit({
              where: WHERE.cpu,
              ...(isInjected && { worker: () => null }),
            });
            const menu = page.locator('mm-machine-menu');
            await menu
              .getByText(/Engine not running|CPU \(/)
              .first()
              .waitFor();
            const failed = menu.locator('.failed');
            return (await failed.isVisible()) ? oneLine(await failed.innerText()) : '';
          },
        },
      ]),
  },
});
