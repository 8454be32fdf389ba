import { toAppError } from '../../../src/core/errors.ts';
import { openStores } from '../../../src/store/open-stores.ts';
import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { deleteDatabase, freshName } from '../given/database.ts';
import { infoOf, weightsOf } from '../given/kept-results.ts';

export const fault = defineFault({
  id: 'S05',
  fault: 'the database is deleted or closed under an open page',
  expected: 'every use says so and nothing waits; opened anew it is an empty, working one',
  injection: 'seam',
  detects: /^storage-unavailable: The storage of this app was deleted or closed\./,
  hosts: {
    node: (host, trial) =>
      runCases(
        trial,
        ['checkpoints', 'artefacts'].map((which) => {
          const name = freshName();
          return {
            name: which,
            act: async (isInjected: boolean) => {
              const stores = await openStores(name);
              await stores.checkpoints.put('a', infoOf('a'), weightsOf(1));
              await stores.artefacts.put('b', 'rows', [1], '');
              if (isInjected) await deleteDatabase(`${name}-${which}`);
              const told = await host.toldBy(async () => {
                await stores.checkpoints.get('a');
                await stores.artefacts.get('b');
              });
              if (!isInjected) return told;
              return stores.ended.aborted ? host.told(toAppError(stores.ended.reason)) : told;
            },
            after: async () => {
              const again = await openStores(name);
              await again.checkpoints.put('c', infoOf('c'), weightsOf(2));
              return (await again.checkpoints.has('c')) ? '' : 'it does not keep anything';
            },
          };
        }),
      ),
  },
  notInjectable:
    'An eviction by the browser under disk pressure: nothing asks for one; the browser tells it as it tells a deletion.',
  isShort: true,
});
