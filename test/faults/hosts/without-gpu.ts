import { runCases } from '../cases.ts';
import type { Outcome, Trial } from '../fault-row.ts';
import { oneLine, WHERE } from './app-run.ts';
import type { PageHost, VisitOptions } from './page-host.ts';

/** The page asks for a GPU that does not come: it says why, and the CPU can be chosen instead. */
export function withoutGpu(
  host: PageHost,
  trial: Trial,
  ways: Readonly<Record<string, VisitOptions>>,
): Promise<Outcome> {
  return runCases(
    trial,
    Object.entries(ways).map(([name, options]) => {
      let still = '';
      return {
        name,
        act: async (isInjected: boolean) => {
          const { page } = await host.visit({ where: WHERE.gpu, ...(isInjected && options) });
          const problem = page.locator('mm-problem .banner').first();
          const opened = page.getByText(/Software GPU/).first();
          await problem.or(opened).first().waitFor({ timeout: 120_000 });
          const told = (await problem.isVisible()) ? oneLine(await problem.innerText()) : '';
          if (isInjected) await page.getByLabel('Compute on').selectOption('cpu');
          const machine = isInjected ? page.getByText(/CPU \(/).first() : opened;
          await machine.waitFor({ timeout: 120_000 }).catch(() => {
            still = 'no machine can be chosen';
          });
          return told;
        },
        after: () => Promise.resolve(still),
      };
    }),
  );
}

/** Code for page and worker: `navigator.gpu` with something else in its place, or of one of its calls. */
export const NO_API = `Object.defineProperty(Object.getPrototypeOf(navigator), 'gpu', { value: undefined });`;
export const ADAPTER = (body: string): string =>
  `if (globalThis.GPU !== undefined) GPU.prototype.requestAdapter = function () { ${body} };`;
