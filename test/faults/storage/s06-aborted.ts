import { IdbStore } from '../../../src/store/idb-store.ts';
import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { freshName, withMethod } from '../given/database.ts';
import { infoOf, KeptResults, weightsOf } from '../given/kept-results.ts';

/** Puts succeed, and the transaction is given up after the n-th of them. */
async function abortedAfter(puts: number, act: () => Promise<void>): Promise<void> {
  const put = Reflect.get(IDBObjectStore.prototype, 'put');
  let count = 0;
  await withMethod(
    IDBObjectStore.prototype,
    'put',
    function (this: IDBObjectStore, ...words) {
      const request = put.apply(this, words);
      count += 1;
      if (count === puts) {
        request.addEventListener('success', () => {
          this.transaction.abort();
        });
      }
      return request;
    },
    // An early commit would be one that nothing can stop any more.
    () => withMethod(IDBTransaction.prototype, 'commit', () => undefined, act),
  );
}

export const fault = defineFault({
  id: 'S06',
  fault: 'a transaction is given up after its puts succeeded',
  expected: 'the save is not acknowledged, and all of it or nothing is there',
  injection: 'seam',
  detects: /^storage-unavailable: /,
  hosts: {
    node: async (host, trial) => {
      const store = await IdbStore.open(freshName());
      const kept = await KeptResults.in(store);
      host.keeps(kept.checkpoints);
      return runCases(
        trial,
        [1, 2].map((puts) => ({
          name: `after put ${String(puts)}`,
          act: (isInjected: boolean) =>
            host.toldBy(() =>
              abortedAfter(isInjected ? puts : Infinity, async () => {
                await kept.checkpoints.put('hit', infoOf('hit'), weightsOf(5));
              }),
            ),
          after: () => kept.faults(),
        })),
      );
    },
  },
  isShort: true,
});
