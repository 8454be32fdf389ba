import { MIGRATIONS } from '../../../src/store/open-database.ts';
import { openStores } from '../../../src/store/open-stores.ts';
import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { freshName, openAt } from '../given/database.ts';

export const fault = defineFault({
  id: 'S04',
  fault: 'a database of a newer build, either of the two',
  expected: 'nothing is read or written, and a sentence asks for a reload',
  injection: 'seam',
  detects: /^version-mismatch: A newer version of this app wrote the storage\./,
  hosts: {
    node: (host, trial) => {
      const version = MIGRATIONS.length + 7;
      return runCases(
        trial,
        ['checkpoints', 'artefacts'].map((which) => {
          const name = freshName();
          return {
            name: which,
            act: async (isInjected: boolean) => {
              if (isInjected) (await openAt(`${name}-${which}`, version)).close();
              return host.toldBy(() => openStores(name));
            },
            after: async () => {
              if (!trial.isInjected) return '';
              const left = await openAt(`${name}-${which}`);
              const isLeft = left.version === version && left.objectStoreNames.length === 0;
              left.close();
              return isLeft ? '' : 'the newer database was changed';
            },
          };
        }),
      );
    },
  },
  isShort: true,
});
