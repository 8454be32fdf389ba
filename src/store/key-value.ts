/** What the stores need of a database. Keys are strings; ranges are by prefix. */
export interface KeyValueStore {
  /** Aborts with the reason once the database was closed under us; absent where nobody can. */
  readonly ended?: AbortSignal;
  /**
   * The values of these keys, all read in one transaction; undefined where there is none.
   * @errors checkpoint-corrupt when one of them cannot be read, storage-unavailable
   */
  getMany(keys: readonly string[]): Promise<readonly unknown[]>;
  /** All values whose key starts with `prefix`, in key order; what cannot be read is left out. */
  getPrefix(prefix: string): Promise<readonly unknown[]>;
  /**
   * Deletes everything under the prefixes, then puts the entries: all of it or nothing, and
   * durable when the promise resolves.
   * @errors quota-exceeded, storage-unavailable
   */
  write(
    removePrefixes: readonly string[],
    entries: readonly (readonly [key: string, value: unknown])[],
  ): Promise<void>;
  /**
   * The same for entries that do not fit the memory together; they are taken one by one. The last
   * one is the mark of all: where a database has to put them in several transactions and is
   * interrupted, the others are there without it, and count as nothing.
   * @errors as write, and what the entries throw: nothing is put then
   */
  writeEach(
    removePrefixes: readonly string[],
    entries: AsyncIterable<readonly [key: string, value: unknown]>,
  ): Promise<void>;
  close(): void;
}
