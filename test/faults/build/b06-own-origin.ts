import { VIEW_NAMES } from '../../../src/ui/state/view-names.ts';
import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';

export const fault = defineFault({
  id: 'B06',
  fault: 'a request to another host when the page is opened',
  expected: 'whoever watches its requests sees it; the page itself makes none',
  injection: 'seam',
  detects: /^foreign: https:\/\/elsewhere\.invalid\//,
  hosts: {
    page: (pages, trial) =>
      runCases(
        trial,
        VIEW_NAMES.map((view) => ({
          name: view,
          act: async (isInjected: boolean) => {
            const { page, context } = await pages.visit();
            const own = new URL(pages.url).origin;
            const foreign: string[] = [];
            context.on('request', (request) => {
              const url = request.url();
              if (/^https?:/.test(url) && new URL(url).origin !== own) foreign.push(url);
            });
            // A window of its own: what the page may load itself, its policy decides.
            if (isInjected) {
              await page.evaluate(() => window.open('https://elsewhere.invalid/', '_blank'));
            }
            await page.goto(`${pages.url}#/${view}`);
            await page.reload();
            await page.waitForLoadState('networkidle');
            await page.waitForTimeout(isInjected ? 300 : 0);
            return foreign.length === 0 ? '' : `foreign: ${foreign.join(', ')}`;
          },
        })),
      ),
  },
});
