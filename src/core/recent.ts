/**
 * Results of the computations asked for last, by key: at most `limit`, the one longest not asked
 * for goes first. What failed is not kept.
 */
export class Recent<Value> {
  private readonly limit: number;
  private readonly entries = new Map<string, Promise<Value>>();

  constructor(limit: number) {
    this.limit = limit;
  }

  /** @errors what `make` throws, to everyone who waits for it */
  get(key: string, make: () => Promise<Value>): Promise<Value> {
    const known = this.entries.get(key);
    const value = known ?? make();
    // Deleted and set again, a key stands last: a map keeps the order of insertion.
    this.entries.delete(key);
    this.entries.set(key, value);
    if (known === undefined) this.forgetFailed(key, value);
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= this.limit) break;
      this.entries.delete(oldest);
    }
    return value;
  }

  private forgetFailed(key: string, value: Promise<Value>): void {
    value.catch(() => {
      if (this.entries.get(key) === value) this.entries.delete(key);
    });
  }
}
