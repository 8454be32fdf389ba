/** Codes of a level, nearest to the given one first, itself foremost. */
export type NearestFirst = (level: number, own: number) => readonly number[];

/**
 * Which ids of `levels` codes are taken, counted by prefix, so that a free one near a wanted one is
 * found without looking at full branches.
 */
export class FreePlaces {
  private readonly levels: number;
  private readonly codesPerLevel: number;
  private readonly taken = new Map<string, number>();

  constructor(levels: number, codesPerLevel: number) {
    this.levels = levels;
    this.codesPerLevel = codesPerLevel;
  }

  /** Notes an id as taken; asked for once an id. */
  take(id: readonly number[]): void {
    for (let length = 0; length <= id.length; length++) {
      const prefix = id.slice(0, length).join();
      this.taken.set(prefix, (this.taken.get(prefix) ?? 0) + 1);
    }
  }

  /**
   * The free id that shares the longest prefix with the wanted one, and from there on takes the
   * nearest code at every level; null when all are taken.
   */
  nearest(wanted: readonly number[], nearestFirst: NearestFirst): number[] | null {
    for (let kept = this.levels - 1; kept >= 0; kept--) {
      const prefix = wanted.slice(0, kept);
      if (this.isFull(prefix)) continue;
      const id = [...prefix];
      for (let level = kept; level < this.levels; level++) {
        const code = nearestFirst(level, wanted[level] ?? 0).find(
          (candidate) => !this.isFull([...id, candidate]),
        );
        if (code === undefined) return null;
        id.push(code);
      }
      return id;
    }
    return null;
  }

  private isFull(prefix: readonly number[]): boolean {
    const room = this.codesPerLevel ** (this.levels - prefix.length);
    return (this.taken.get(prefix.join()) ?? 0) >= room;
  }
}
