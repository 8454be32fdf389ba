/** A binary heap: the highest count first, among equal counts the value that `order` puts first. */
export class CountHeap<T> {
  private readonly items: { readonly count: number; readonly value: T }[] = [];
  private readonly order: (a: T, b: T) => number;

  constructor(order: (a: T, b: T) => number) {
    this.order = order;
  }

  push(count: number, value: T): void {
    const { items } = this;
    const item = { count, value };
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent];
      if (above === undefined || !this.isBefore(item, above)) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  pop(): { readonly count: number; readonly value: T } | null {
    const { items } = this;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined) return null;
    if (items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      let below = items[child];
      if (below === undefined) break;
      const other = items[child + 1];
      if (other !== undefined && this.isBefore(other, below)) {
        child += 1;
        below = other;
      }
      if (!this.isBefore(below, last)) break;
      items[at] = below;
      at = child;
    }
    items[at] = last;
    return top;
  }

  private isBefore(
    a: { readonly count: number; readonly value: T },
    b: { readonly count: number; readonly value: T },
  ): boolean {
    return a.count === b.count ? this.order(a.value, b.value) < 0 : a.count > b.count;
  }
}
