import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { oneLine, WHERE } from '../hosts/app-run.ts';

export const fault = defineFault({
  id: 'G04',
  fault: 'the only adapter computes in software',
  expected: 'it runs when asked for, and says that it is slow; else the CPU computes',
  injection: 'real',
  detects: /^Software GPU: slow/,
  hosts: {
    page: (host, trial) =>
      runCases(trial, [
        {
          name: 'SwiftShader',
          act: async (isInjected) => {
            const { page } = await host.visit({ where: isInjected ? WHERE.gpu : WHERE.cpu });
            const menu = page.locator('mm-machine-menu');
            const chip = menu.getByText(/Software GPU|CPU \(/).first();
            const text = oneLine(await chip.innerText({ timeout: 120_000 }));
            return text.startsWith('CPU') ? '' : text.slice(text.indexOf('Software'));
          },
        },
      ]),
  },
});
