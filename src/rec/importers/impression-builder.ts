import { AppError } from '../../core/errors.ts';
import type { ImpressionLog } from '../data/types.ts';

/** Candidates and history entries that all lists may have; past it a tab would run out of memory. */
const MAX_ENTRIES = 50_000_000;

/** One list of candidates; users and items by id or by number. */
export interface ImpressionRow<Id> {
  readonly user: Id;
  readonly timeMs: number;
  /** Oldest first. */
  readonly history: readonly Id[];
  readonly candidates: readonly Id[];
  /** Per candidate. */
  readonly clicked: readonly boolean[];
}

/** Collects impression lists in the order of the file and sorts them by time. */
export class ImpressionBuilder {
  private readonly users: number[] = [];
  private readonly times: number[] = [];
  private readonly candidateStarts = [0];
  private readonly historyStarts = [0];
  private readonly candidates = new Column();
  private readonly clicked = new Column();
  private readonly history = new Column();

  get count(): number {
    return this.users.length;
  }

  /** @errors limit-exceeded */
  add({ user, timeMs, history, candidates, clicked }: ImpressionRow<number>): void {
    this.users.push(user);
    this.times.push(timeMs);
    this.candidates.append(candidates);
    this.clicked.append(candidates.map((_, index) => (clicked[index] === true ? 1 : 0)));
    this.history.append(history);
    this.candidateStarts.push(this.candidates.length);
    this.historyStarts.push(this.history.length);
    if (this.candidates.length <= MAX_ENTRIES && this.history.length <= MAX_ENTRIES) return;
    throw new AppError(
      'limit-exceeded',
      `The impressions have more than ${String(MAX_ENTRIES)} candidates or history entries.`,
      { hint: 'Import a sample of the users or a shorter period.' },
    );
  }

  /** @param userRank, itemRank number given to `add` → final number */
  build(userRank: Uint32Array, itemRank: Uint32Array): ImpressionLog {
    const order = Array.from(this.users, (_, list) => list);
    order.sort((a, b) => (this.times[a] ?? 0) - (this.times[b] ?? 0) || a - b);
    const rank = (item: number) => itemRank[item] ?? 0;
    const candidates = this.candidates.reordered(order, this.candidateStarts);
    const clicked = this.clicked.reordered(order, this.candidateStarts);
    const history = this.history.reordered(order, this.historyStarts);
    return {
      users: Uint32Array.from(order, (list) => userRank[this.users[list] ?? 0] ?? 0),
      timesMs: Float64Array.from(order, (list) => this.times[list] ?? 0),
      candidateStarts: candidates.starts,
      candidates: candidates.values.map(rank),
      clicked: Uint8Array.from(clicked.values),
      historyStarts: history.starts,
      history: history.values.map(rank),
    };
  }
}

/** A growing column of whole numbers, cut into lists by an array of starts. */
class Column {
  length = 0;
  private values = new Uint32Array(1024);

  append(more: readonly number[]): void {
    if (this.length + more.length > this.values.length) {
      const grown = new Uint32Array(2 * this.values.length + more.length);
      grown.set(this.values);
      this.values = grown;
    }
    this.values.set(more, this.length);
    this.length += more.length;
  }

  reordered(order: readonly number[], starts: readonly number[]) {
    const values = new Uint32Array(this.length);
    const newStarts = new Uint32Array(order.length + 1);
    let at = 0;
    order.forEach((list, index) => {
      const own = this.values.subarray(starts[list], starts[list + 1]);
      values.set(own, at);
      at += own.length;
      newStarts[index + 1] = at;
    });
    return { values, starts: newStarts };
  }
}
