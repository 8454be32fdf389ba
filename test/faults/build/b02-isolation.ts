import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';

const HEADERS = ['cross-origin-opener-policy', 'cross-origin-embedder-policy'];

/** Ends what hangs; says nothing of speed. */
const LONG_MS = 300_000;

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
            await page.getByText(/Valid: \d+ jobs/).waitFor({ timeout: LONG_MS });
            const isIsolated = await page.evaluate(() => crossOriginIsolated);
            await page
              .getByRole('button', { name: 'Run', exact: true })
              .first()
              .waitFor({ timeout: LONG_MS });
            return isIsolated ? '' : 'not isolated: the document has no fault';
          },
        },
      ]),
  },
});
