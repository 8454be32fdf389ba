import {
  MIGRATIONS,
  openDatabase,
  STORE_NAME,
  type Migration,
} from '../../../src/store/open-database.ts';
import { IdbStore } from '../../../src/store/idb-store.ts';
import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { freshName } from '../given/database.ts';
import { KeptResults } from '../given/kept-results.ts';

export const fault = defineFault({
  id: 'S08',
  fault: 'a migration of the database ends half way, after it has deleted everything',
  expected: 'the version and all rows are as they were',
  injection: 'seam',
  detects: /^storage-unavailable: The browser storage failed while opening it\./,
  hosts: {
    node: async (host, trial) => {
      const name = freshName();
      const first = await IdbStore.open(name);
      await KeptResults.in(first);
      first.close();
      const clearing: Migration = (_, transaction) => {
        transaction.objectStore(STORE_NAME).clear();
        throw new Error('the power went');
      };
      const dying: Migration = (_, transaction) => {
        transaction.objectStore(STORE_NAME).clear();
        transaction.abort();
      };
      return runCases(
        trial,
        Object.entries({ 'a step that throws': clearing, 'one whose transaction dies': dying }).map(
          ([what, step]) => ({
            name: what,
            act: (isInjected: boolean) =>
              host.toldBy(async () => {
                const steps = isInjected ? [...MIGRATIONS, step] : MIGRATIONS;
                (await openDatabase(name, steps)).close();
              }),
            after: async () => {
              const store = await IdbStore.open(name);
              const faults = await KeptResults.of(store).faults();
              store.close();
              return faults;
            },
          }),
        ),
      );
    },
  },
  notInjectable:
    'A kill of the browser within the milliseconds of a migration cannot be aimed; kills in the midst of saves are T02.',
  isShort: true,
});
