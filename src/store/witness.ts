import type { KeyValueStore } from './key-value.ts';

/**
 * Which results a database holds, written down in another place than the database. A browser that
 * finds its database damaged drops the whole of it without a word: what is missing then can be told.
 */
export interface Witness {
  ids(): Promise<readonly string[]>;
  add(id: string): Promise<void>;
  remove(id: string): Promise<void>;
}

/** Keys of marks, without which a result is none: `manifest/<id>/` and `head/<id>/`. */
const MARK = /^(?:manifest|head)\/([^/]+)\/$/;

/**
 * A witness in the files that the browser keeps for this site: an empty one for each result. They lie
 * apart from its databases, and making or removing one is a single step. null where there are none,
 * as in private windows.
 */
export async function openFileWitness(name: string): Promise<Witness | null> {
  try {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(name, { create: true });
    return {
      async ids() {
        const ids: string[] = [];
        for await (const file of folder.keys()) ids.push(file);
        return ids;
      },
      async add(id) {
        await folder.getFileHandle(id, { create: true });
      },
      async remove(id) {
        await folder.removeEntry(id);
      },
    };
  } catch {
    return null;
  }
}

/**
 * A store whose results are witnessed. A result is written down after it was stored, and crossed out
 * before it is deleted: one that is written down was stored once. A witness that fails is of no use,
 * but no reason not to store.
 */
export class WitnessedStore implements KeyValueStore {
  private readonly store: KeyValueStore;
  private readonly witness: Witness;

  constructor(store: KeyValueStore, witness: Witness) {
    this.store = store;
    this.witness = witness;
  }

  getMany(keys: readonly string[]): Promise<readonly unknown[]> {
    return this.store.getMany(keys);
  }

  getPrefix(prefix: string): Promise<readonly unknown[]> {
    return this.store.getPrefix(prefix);
  }

  async write(...[removePrefixes, entries]: Parameters<KeyValueStore['write']>): Promise<void> {
    const put = idsOf(entries.map(([key]) => key));
    for (const id of idsOf(removePrefixes)) {
      if (!put.includes(id)) await this.witness.remove(id).catch(() => undefined);
    }
    await this.store.write(removePrefixes, entries);
    for (const id of put) await this.witness.add(id).catch(() => undefined);
  }

  async writeEach(
    ...[removePrefixes, entries]: Parameters<KeyValueStore['writeEach']>
  ): Promise<void> {
    const put: string[] = [];
    const noted = async function* (): AsyncGenerator<readonly [string, unknown]> {
      for await (const entry of entries) {
        put.push(...idsOf([entry[0]]));
        yield entry;
      }
    };
    // While it is written, in several transactions perhaps, the old one may be gone and no new one there.
    for (const id of idsOf(removePrefixes)) await this.witness.remove(id).catch(() => undefined);
    await this.store.writeEach(removePrefixes, noted());
    for (const id of put) await this.witness.add(id).catch(() => undefined);
  }

  close(): void {
    this.store.close();
  }
}

/**
 * What was stored and is not there any more.
 * @param keysOf keys of the database that start with a prefix
 */
export async function lostResults(
  witness: Witness,
  keysOf: (prefix: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const witnessed = await witness.ids();
  const present = new Set(idsOf([...(await keysOf('manifest/')), ...(await keysOf('head/'))]));
  return witnessed.filter((id) => !present.has(id));
}

function idsOf(keys: readonly string[]): string[] {
  return keys.flatMap((key) => MARK.exec(key)?.[1] ?? []);
}
