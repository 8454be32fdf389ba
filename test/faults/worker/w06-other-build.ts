import { pageSourceHash } from '../../../scripts/page-sources.ts';
import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { oneLine, WHERE } from '../hosts/app-run.ts';

export const fault = defineFault({
  id: 'W06',
  fault: 'the page is of one build, its worker of another',
  expected: 'nothing is started; the versions are named, and a button reloads the page',
  injection: 'seam',
  detects: /of different versions of the app.*Reload the page/,
  hosts: {
    page: (host, trial) =>
      runCases(trial, [
        {
          name: 'a newer worker',
          act: async (isInjected) => {
            const own = pageSourceHash('production');
            const worker = (text: string): string => {
              if (!text.includes(own)) throw new Error('The worker does not name its build.');
              return isInjected ? text.replaceAll(own, own.replace(/./, 'x')) : text;
            };
            const { page } = await host.visit({ where: WHERE.cpu, worker });
            const problem = page.locator('mm-problem .banner');
            await problem
              .or(page.getByText(/CPU \(/))
              .first()
              .waitFor();
            return (await problem.isVisible()) ? oneLine(await problem.innerText()) : '';
          },
        },
      ]),
  },
});
