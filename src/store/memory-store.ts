import type { KeyValueStore } from './key-value.ts';

/**
 * The store of a session without IndexedDB: same behaviour, gone with the tab. Values are cloned
 * in and out, as in a database, so that later changes by the caller cannot reach them.
 */
export class MemoryStore implements KeyValueStore {
  private readonly values = new Map<string, unknown>();

  getMany(keys: readonly string[]): Promise<readonly unknown[]> {
    return Promise.resolve(keys.map((key) => structuredClone(this.values.get(key))));
  }

  getPrefix(prefix: string): Promise<readonly unknown[]> {
    const keys = [...this.values.keys()].filter((key) => key.startsWith(prefix)).sort();
    return this.getMany(keys);
  }

  write(
    removePrefixes: readonly string[],
    entries: readonly (readonly [key: string, value: unknown])[],
  ): Promise<void> {
    const cloned = entries.map(([key, value]) => [key, structuredClone(value)] as const);
    for (const key of [...this.values.keys()]) {
      if (removePrefixes.some((prefix) => key.startsWith(prefix))) this.values.delete(key);
    }
    for (const [key, value] of cloned) this.values.set(key, value);
    return Promise.resolve();
  }

  async writeEach(
    removePrefixes: readonly string[],
    entries: AsyncIterable<readonly [key: string, value: unknown]>,
  ): Promise<void> {
    const all: (readonly [key: string, value: unknown])[] = [];
    for await (const entry of entries) all.push(entry);
    await this.write(removePrefixes, all);
  }

  close(): void {
    this.values.clear();
  }
}
