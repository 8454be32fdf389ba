import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';

const HEADERS = ['cross-origin-opener-policy', 'cross-origin-embedder-policy'];

export const fault = defineFault({
  id: 'B02',
  fault: 'a host that cannot set the headers of isolation, as static hosts cannot',
  expected: 'the page opens an engine and checks a document all the same',
  injection: 'real',
  detects: /^not isolated: the document has no fault/,
  hosts: {
    page: (pages, trial) =>
      runCases(trial, [
        {
          name: 'no headers',
          act: async (isInjected) => {
            const { page } = await pages.visit({ where: '?executor=cpu#/grid' });
            if (isInjected) {
              await page.route('**/*', async (route) => {
                const response = await route.fetch();
                const headers = { ...response.headers() };
                for (const name of HEADERS) delete headers[name];
                await route.fulfill({ response, headers });
              });
              await page.reload();
            }
            await page.getByRole('button', { name: 'Run', exact: true }).first().waitFor();
            const isIsolated = await page.evaluate(() => crossOriginIsolated);
            const canRun = await page
              .getByRole('button', { name: 'Run', exact: true })
              .first()
              .isEnabled();
            if (!canRun) throw new Error('the document cannot be run');
            return isIsolated ? '' : 'not isolated: the document has no fault';
          },
        },
      ]),
  },
});
