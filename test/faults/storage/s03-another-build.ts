import { IdbStore } from '../../../src/store/idb-store.ts';
import { MIGRATIONS, openDatabase } from '../../../src/store/open-database.ts';
import { toAppError } from '../../../src/core/errors.ts';
import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { freshName, openAt } from '../given/database.ts';

export const fault = defineFault({
  id: 'S03',
  fault: 'another tab wants the database: a newer build, or an older one that does not let go',
  expected:
    'what is being written is written, then it is closed and said; nothing is upgraded by half',
  injection: 'seam',
  detects: /^version-mismatch: /,
  hosts: {
    node: (host, trial) => {
      let name = '';
      return runCases(trial, [
        {
          name: 'a newer build opens it',
          sees: /taken over the storage/,
          act: async (isInjected) => {
            name = freshName();
            const store = await IdbStore.open(name);
            const writing = store.write([], [['last', 1]]);
            const other = await openAt(name, isInjected ? MIGRATIONS.length + 1 : undefined);
            await writing;
            other.close();
            return store.ended.aborted ? host.told(toAppError(store.ended.reason)) : '';
          },
          after: async () => {
            const database = await openAt(name);
            const rows = database.transaction('rows').objectStore('rows');
            const value = await new Promise((resolve) => {
              const request = rows.get('last');
              request.onsuccess = () => {
                resolve(request.result);
              };
            });
            database.close();
            return value === 1 ? '' : 'the last write is gone';
          },
        },
        {
          name: 'an older build holds it',
          sees: /older version, keeps the storage open/,
          act: async (isInjected) => {
            name = freshName();
            const held = await openDatabase(name, MIGRATIONS.slice(0, 1));
            if (!isInjected) held.close();
            const opened = host.toldBy(async () => {
              (await openDatabase(name, MIGRATIONS, 20)).close();
            });
            const told = await opened;
            held.close();
            return told;
          },
          after: async () => {
            const store = await IdbStore.open(name);
            const keys = await store.keysOf('');
            store.close();
            return keys.length === 0 ? '' : 'rows that nobody wrote';
          },
        },
      ]);
    },
  },
  isShort: true,
});
