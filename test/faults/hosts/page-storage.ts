import type { Page } from 'playwright';

interface StoredCheckpoint {
  readonly id: string;
  /** As its manifest says, in order. */
  readonly hashes: readonly string[];
  /** Parts that are missing or have another hash. */
  readonly damaged: readonly string[];
}

/** Every checkpoint in the page's database, read and hashed by code that is not the product's. */
export function storedCheckpoints(page: Page): Promise<readonly StoredCheckpoint[]> {
  return page.evaluate(async () => {
    const of = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => {
          resolve(request.result);
        };
        request.onerror = () => {
          reject(new Error('The database cannot be read.'));
        };
      });
    const databases = await indexedDB.databases();
    if (databases.every(({ name }) => name !== 'mmgrid-checkpoints')) return [];
    const database = await of(indexedDB.open('mmgrid-checkpoints'));
    const [name = ''] = [...database.objectStoreNames];
    const store = database.transaction(name).objectStore(name);
    const [keys, values] = await Promise.all([
      of(store.getAllKeys()),
      of<unknown[]>(store.getAll()),
    ]);
    database.close();
    const rows = new Map(keys.map((key, at) => [JSON.stringify(key), values[at]]));
    const found: StoredCheckpoint[] = [];
    for (const value of values) {
      const manifest = value as { id?: string; chunks?: { key: string; sha256: string }[] } | null;
      if (manifest?.id === undefined || manifest.chunks === undefined) continue;
      const damaged: string[] = [];
      for (const { key, sha256 } of manifest.chunks) {
        const bytes = rows.get(JSON.stringify(key));
        if (!(bytes instanceof Uint8Array)) damaged.push(`${key} is missing`);
        else {
          const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(bytes));
          const hex = [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, '0'));
          if (hex.join('') !== sha256) damaged.push(`${key} has another SHA-256`);
        }
      }
      found.push({
        id: manifest.id,
        hashes: manifest.chunks.map((chunk) => chunk.sha256),
        damaged,
      });
    }
    return found;
  });
}

/** SHA-256 of the weights of every stored checkpoint, by its id. */
export async function storedWeights(page: Page): Promise<Readonly<Record<string, string>>> {
  const found = await storedCheckpoints(page);
  return Object.fromEntries(found.map(({ id, hashes }) => [id, hashes.join()]));
}

/** What is wrong with what is stored; null where nothing is, which proves nothing. */
export async function storedFaults(page: Page): Promise<readonly string[] | null> {
  const found = await storedCheckpoints(page);
  return found.length === 0 ? null : found.flatMap(({ damaged }) => [...damaged]);
}
