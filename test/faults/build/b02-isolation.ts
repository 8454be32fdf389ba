import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { FEW_CELLS, finished, startRun, WHERE } from '../hosts/app-run.ts';

const HEADERS = ['cross-origin-opener-policy', 'cross-origin-embedder-policy'];

/** What the control stored, which runs first. */
let isolated = '';

export const fault = defineFault({
  id: 'B02',
  fault: 'a host that cannot set the headers of isolation, as static hosts cannot',
  expected: 'the page trains all the same, with the same bits; on one thread',
  injection: 'real',
  detects: /^not isolated: \d+ models/,
  hosts: {
    page: (pages, trial) =>
      runCases(trial, [
        {
          name: 'no headers',
          act: async (isInjected) => {
            const { page } = await pages.visit({ where: WHERE.cpu });
            if (isInjected) {
              await page.route('**/*', async (route) => {
                const response = await route.fetch();
                const headers = Object.entries(response.headers());
                const left = headers.filter(([name]) => !HEADERS.includes(name));
                await route.fulfill({ response, headers: Object.fromEntries(left) });
              });
              await page.reload();
            }
            await startRun(page, FEW_CELLS);
            const weights = await finished(page);
            const bits = JSON.stringify(weights);
            if (!isInjected) isolated = bits;
            if (bits !== isolated) throw new Error('other bits than with the headers');
            if (await page.evaluate(() => crossOriginIsolated)) return '';
            return `not isolated: ${String(Object.keys(weights).length)} models`;
          },
        },
      ]),
  },
});
