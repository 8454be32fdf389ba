import { AppError } from '../../../src/core/errors.ts';
import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { addressOf, Hub } from '../given/hub.ts';

export const fault = defineFault({
  id: 'N03',
  fault: 'a hub that does not let pages of other origins read its answers',
  expected: 'the error names the host and says that it must allow other origins',
  injection: 'seam',
  detects: /^network-failed: 127\.0\.0\.1:\d+ did not answer for .+ must allow other origins/,
  hosts: {
    node: async (host, trial) => {
      const hub = await Hub.open();
      /** A browser tells a page nothing but this of what it may not read. */
      const blocked = () => Promise.reject(new TypeError('Failed to fetch'));
      const told = async (fetchFor: typeof fetch): Promise<string> => {
        let hint = '';
        const text = await host.toldBy(async () => {
          try {
            await hub.download({ fetch: fetchFor });
          } catch (error) {
            if (error instanceof AppError) hint = error.hint;
            throw error;
          }
        });
        return text === '' ? '' : `${text} ${hint}`;
      };
      try {
        return await runCases(trial, [
          {
            name: 'the list of files',
            act: (isInjected) => told(isInjected ? blocked : fetch),
            after: () => told(fetch),
          },
          {
            name: 'a redirect to another host',
            act: (isInjected) =>
              told((url, init) =>
                isInjected && addressOf(url).includes('/resolve/') ? blocked() : fetch(url, init),
              ),
            after: () => told(fetch),
          },
        ]);
      } finally {
        await hub.server.stop();
      }
    },
  },
  notInjectable:
    'In the page, the rules of the browser themselves: test/e2e serves no second origin with a model; what a page is told is the same TypeError.',
  isShort: true,
});
