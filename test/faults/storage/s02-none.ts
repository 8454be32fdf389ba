import { openStores, type Stores } from '../../../src/store/open-stores.ts';
import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { freshName, withMethod } from '../given/database.ts';
import { infoOf, isSame, weightsOf } from '../given/kept-results.ts';

/** Saves and reads in whatever there is, and gives what the user is told. */
async function noticeOf(stores: Stores): Promise<string> {
  await stores.checkpoints.put('a', infoOf('a'), weightsOf(1));
  const found = await stores.checkpoints.get('a');
  if (found === null || !isSame(found.arena, weightsOf(1))) throw new Error('other bits');
  return stores.persistent ? '' : `notice: ${stores.notice()}`;
}

async function withoutDatabases(act: () => Promise<void>): Promise<void> {
  const before = globalThis.indexedDB;
  Reflect.set(globalThis, 'indexedDB', undefined);
  try {
    await act();
  } finally {
    Reflect.set(globalThis, 'indexedDB', before);
  }
}

const refusing = (name: string) => (act: () => Promise<void>) =>
  withMethod(
    IDBFactory.prototype,
    'open',
    () => {
      throw new DOMException('not here', name);
    },
    act,
  );

export const fault = defineFault({
  id: 'S02',
  fault: 'no IndexedDB, or one that refuses to open',
  expected: 'the session goes on in memory, and one notice says what will not be kept',
  injection: 'seam',
  detects: /^notice: .+Nothing is kept after this page is closed\./,
  hosts: {
    node: (_, trial) =>
      runCases(
        trial,
        Object.entries({
          'there is none': withoutDatabases,
          'a private window': refusing('InvalidStateError'),
          'no permission': refusing('SecurityError'),
          'a damaged profile': refusing('UnknownError'),
        }).map(([name, without]) => ({
          name,
          act: async (isInjected: boolean) => {
            let told = '';
            const open = async () => {
              told = await noticeOf(await openStores(freshName()));
            };
            await (isInjected ? without(open) : open());
            return told;
          },
          after: async () => noticeOf(await openStores(freshName())),
        })),
      ),
  },
  isShort: true,
});
