import { wrap, type Remote } from 'comlink';
import { AppError, toAppError } from '../../../src/core/errors.ts';
import { installErrorTransfer } from '../../../workers/rpc/rpc.ts';
import { remoteEnd } from '../../support/remote-end.ts';
import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';

interface Api {
  echo(value: unknown): unknown;
  give(isInjected: boolean): unknown;
  fail(isInjected: boolean): number;
}

const API: Api = {
  echo: (value) => value,
  give: (isInjected) => (isInjected ? () => 1 : 1),
  fail: (isInjected) => {
    throw new AppError('data-invalid', 'Two rows are wrong.', {
      details: isInjected ? { rows: () => 2 } : { rows: 2 },
    });
  },
};

/** Nothing may wait for ever: what cannot cross rejects, and an error crosses whatever it carries. */
export const fault = defineFault({
  id: 'W07',
  fault: 'a value cannot be cloned on its way to a worker or back',
  expected:
    'the call rejects with a typed error; an error that carries such a value arrives with its code',
  injection: 'seam',
  detects: /^(internal: .*(could not be cloned|unserializable|clone)|data-invalid: Two rows)/i,
  hosts: {
    node: async (host, trial) => {
      installErrorTransfer();
      const { port, end } = remoteEnd(API);
      const remote: Remote<Api> = wrap(port);
      const odd = trial.isInjected ? () => 1 : 1;
      /** What does not come from us is text of the platform, and `internal` where it is shown. */
      const told = async (action: () => Promise<unknown>): Promise<string> => {
        try {
          await action();
          return '';
        } catch (thrown) {
          return host.told(toAppError(thrown));
        }
      };
      const outcome = await runCases(trial, [
        { name: 'in a call', act: () => told(() => remote.echo({ odd })) },
        { name: 'in an answer', act: () => told(() => remote.give(trial.isInjected)) },
        {
          name: 'in an error',
          act: async () => {
            const error: unknown = await remote
              .fail(trial.isInjected)
              .catch((thrown: unknown) => thrown);
            const { code, details } = error as AppError;
            if (code !== 'data-invalid') throw error;
            return trial.isInjected && details['rows'] !== 2 ? host.told(error) : '';
          },
          after: async () => ((await remote.echo(7)) === 7 ? '' : 'the worker no longer answers'),
        },
      ]);
      end();
      return outcome;
    },
  },
  isShort: true,
});
