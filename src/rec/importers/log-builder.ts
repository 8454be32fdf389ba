import { AppError } from '../../core/errors.ts';
import type { InteractionLog } from '../data/types.ts';
import { ImpressionBuilder } from './impression-builder.ts';
import type { ImpressionRow } from './impression-builder.ts';
import { ItemTexts } from './item-texts.ts';

/** Interactions one domain may have; past it a browser tab would run out of memory. */
const MAX_INTERACTIONS = 50_000_000;

/** What a source says of its items. A function is absent where the source has no such thing. */
export interface ItemFacts {
  readonly title?: (item: string) => string | undefined;
  readonly description?: (item: string) => string | undefined;
  /** Codes of a semantic id made by another program. */
  readonly givenId?: (item: string) => readonly number[] | undefined;
  /** Side feature → the value of an item. */
  readonly features?: Readonly<Record<string, (item: string) => string | undefined>>;
}

/** Collects the interactions of one domain row by row and builds the sorted log. */
export class LogBuilder {
  readonly domain: string;
  private readonly users = new Ids();
  private readonly items = new Ids();
  private readonly lists = new ImpressionBuilder();
  private rowUsers = new Uint32Array(1024);
  private rowItems = new Uint32Array(1024);
  private rowTimes = new Float64Array(1024);
  private count = 0;

  constructor(domain: string) {
    this.domain = domain;
  }

  /** Interactions added, duplicates included. */
  get rows(): number {
    return this.count;
  }

  /** @errors limit-exceeded */
  add(user: string, item: string, timeMs: number): void {
    if (this.count === this.rowTimes.length) this.grow();
    this.rowUsers[this.count] = this.users.indexOf(user);
    this.rowItems[this.count] = this.items.indexOf(item);
    this.rowTimes[this.count] = timeMs;
    this.count += 1;
  }

  /** Notes a list as it was shown; what was clicked still has to be added. @errors limit-exceeded */
  addImpression({ user, timeMs, history, candidates, clicked }: ImpressionRow<string>): void {
    this.lists.add({
      user: this.users.indexOf(user),
      timeMs,
      history: history.map((item) => this.items.indexOf(item)),
      candidates: candidates.map((item) => this.items.indexOf(item)),
      clicked,
    });
  }

  /** Makes an item part of the log, although nobody may have had it. */
  addItem(item: string): void {
    this.items.indexOf(item);
  }

  /**
   * The log sorted by (time, user, original row), without repeated (user, item, time). Users and
   * items are numbered in the order of their ids, so that the numbering does not depend on the
   * order of the rows.
   */
  build({ title, description, givenId, features }: ItemFacts): {
    readonly log: InteractionLog;
    readonly duplicates: number;
    /** What was changed in the items' texts, in sentences. */
    readonly cleaned: readonly string[];
  } {
    const texts = new ItemTexts();
    const users = this.users.sorted();
    const items = this.items.sorted();
    const userOf = (row: number) => users.rank[this.rowUsers[row] ?? 0] ?? 0;
    const itemOf = (row: number) => items.rank[this.rowItems[row] ?? 0] ?? 0;
    const timeOf = (row: number) => this.rowTimes[row] ?? 0;
    const order = Uint32Array.from({ length: this.count }, (_, row) => row);
    order.sort((a, b) => timeOf(a) - timeOf(b) || userOf(a) - userOf(b) || a - b);

    const outUsers = new Uint32Array(this.count);
    const outItems = new Uint32Array(this.count);
    const outTimes = new Float64Array(this.count);
    let kept = 0;
    let groupTime = NaN;
    let groupUser = -1;
    let group = new Set<number>();
    for (const row of order) {
      const time = timeOf(row);
      const user = userOf(row);
      const item = itemOf(row);
      if (time !== groupTime || user !== groupUser) {
        groupTime = time;
        groupUser = user;
        group = new Set();
      }
      if (group.has(item)) continue;
      group.add(item);
      outUsers[kept] = user;
      outItems[kept] = item;
      outTimes[kept] = time;
      kept += 1;
    }
    const log: InteractionLog = {
      domain: this.domain,
      userIds: users.ids,
      itemIds: items.ids,
      titles: title === undefined ? null : items.ids.map((id) => texts.line('titles', title(id))),
      ...(description !== undefined && {
        descriptions: items.ids.map((id) => texts.line('descriptions', description(id))),
      }),
      ...(givenId !== undefined && { givenIds: items.ids.map((id) => givenId(id) ?? null) }),
      ...(features !== undefined && { features: valuesOf(features, items.ids, texts) }),
      ...(this.lists.count > 0 && {
        impressions: this.lists.build(users.rank, items.rank),
      }),
      users: outUsers.slice(0, kept),
      items: outItems.slice(0, kept),
      timesMs: outTimes.slice(0, kept),
    };
    return { log, duplicates: this.count - kept, cleaned: texts.notes(this.domain) };
  }

  private grow(): void {
    if (this.count >= MAX_INTERACTIONS) {
      throw new AppError(
        'limit-exceeded',
        `Domain "${this.domain}" has more than ${String(MAX_INTERACTIONS)} interactions.`,
        { hint: 'Import a sample of the users or a shorter period.' },
      );
    }
    const length = Math.min(MAX_INTERACTIONS, 2 * this.count);
    const users = new Uint32Array(length);
    const items = new Uint32Array(length);
    const times = new Float64Array(length);
    users.set(this.rowUsers);
    items.set(this.rowItems);
    times.set(this.rowTimes);
    this.rowUsers = users;
    this.rowItems = items;
    this.rowTimes = times;
  }
}

/** Ids in the order of their first row; `sorted` gives the final numbering. */
class Ids {
  private readonly places = new Map<string, number>();

  indexOf(id: string): number {
    const known = this.places.get(id);
    if (known !== undefined) return known;
    const place = this.places.size;
    this.places.set(id, place);
    return place;
  }

  sorted(): { readonly ids: readonly string[]; readonly rank: Uint32Array } {
    const ids = [...this.places.keys()].sort();
    const rank = new Uint32Array(ids.length);
    ids.forEach((id, index) => {
      rank[this.places.get(id) ?? 0] = index;
    });
    return { ids, rank };
  }
}

function valuesOf(
  features: NonNullable<ItemFacts['features']>,
  ids: readonly string[],
  texts: ItemTexts,
): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(features).map(([name, valueOf]) => [
      name,
      ids.map((id) => texts.line('categories', valueOf(id))),
    ]),
  );
}
