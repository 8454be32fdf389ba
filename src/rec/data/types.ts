/** Data types shared by importers, contexts, training rows and evaluation. Times are ms UTC. */

/**
 * The interactions of one domain, column-wise and sorted by (time, user, original row). Users and
 * items are dense indices into `userIds` / `itemIds`.
 */
export interface InteractionLog {
  readonly domain: string;
  readonly userIds: readonly string[];
  readonly itemIds: readonly string[];
  /** Per item; null where the source has no titles at all, '' where one item has none. */
  readonly titles: readonly string[] | null;
  /** Per item, '' where it has none; absent where the source has no descriptions. */
  readonly descriptions?: readonly string[];
  /** Per item, its id of another program; null where it has none; absent where none were given. */
  readonly givenIds?: readonly (readonly number[] | null)[];
  /** Side feature ("category") → its value per item, '' where it is unknown; absent without any. */
  readonly features?: Readonly<Record<string, readonly string[]>>;
  /** What was shown and not clicked, where the source says so and was asked for it. */
  readonly impressions?: ImpressionLog;
  readonly users: Uint32Array<ArrayBuffer>;
  readonly items: Uint32Array<ArrayBuffer>;
  readonly timesMs: Float64Array<ArrayBuffer>;
}

/**
 * Lists of candidates shown to users, with what was clicked, sorted by time (stable). Users and
 * items are indices into the log's `userIds` / `itemIds`. List i has the candidates
 * `candidateStarts[i]` … `candidateStarts[i + 1]` - 1, likewise its history.
 */
export interface ImpressionLog {
  readonly users: Uint32Array<ArrayBuffer>;
  readonly timesMs: Float64Array<ArrayBuffer>;
  readonly candidateStarts: Uint32Array<ArrayBuffer>;
  readonly candidates: Uint32Array<ArrayBuffer>;
  /** Per candidate: 1 clicked, 0 not. */
  readonly clicked: Uint8Array<ArrayBuffer>;
  readonly historyStarts: Uint32Array<ArrayBuffer>;
  /** What the user had clicked before, oldest first. */
  readonly history: Uint32Array<ArrayBuffer>;
}

/** All domains of an experiment as imported, before filtering. Structured-cloneable. */
export interface Dataset {
  readonly name: string;
  readonly domains: readonly InteractionLog[];
  /** SHA-256 over the content: part of every job id that depends on the data. */
  readonly digest: string;
  /** What the importer did: rows read, rows rejected with the first places, per file. */
  readonly notes: readonly string[];
}

/** Half-open: startMs <= t < endMs. */
export interface Period {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Training stages in time order, then the test window. */
export interface Schedule {
  readonly stages: readonly Period[];
  readonly test: Period;
}

/** One next-item example: predict `target` from `history` (oldest first). */
export interface Sample {
  readonly user: number;
  readonly target: number;
  readonly timeMs: number;
  readonly history: readonly number[];
}

/** A domain after filtering: per-user timelines, ready to be cut into samples. */
export interface DomainData {
  readonly domain: string;
  readonly itemIds: readonly string[];
  readonly titles: readonly string[] | null;
  readonly descriptions?: readonly string[];
  readonly givenIds?: readonly (readonly number[] | null)[];
  readonly features?: Readonly<Record<string, readonly string[]>>;
  readonly userIds: readonly string[];
  /** Per user, sorted by time (stable). */
  readonly timelines: readonly { readonly items: Uint32Array; readonly timesMs: Float64Array }[];
}

/** Item -> codes; `codes[item * levels + level]` in 0 … codesPerLevel-1. */
export interface SemanticIds {
  readonly levels: number;
  readonly codesPerLevel: number;
  readonly codes: Uint16Array<ArrayBuffer>;
  /** Items whose whole code is shared with another item (0 when repair succeeded). */
  readonly collisions: number;
  /** Items moved by the collision repair. */
  readonly repaired: number;
  /**
   * Of those the ones whose prefix had no free code left, by the first level at which their id
   * changed; absent where every prefix had room.
   */
  readonly moved?: readonly number[];
}

/** The ranked items of one user, best first; -1 = the beam ended early. */
export interface RankedList {
  readonly user: number;
  readonly target: number;
  readonly items: readonly number[];
  /** Of the items: log-probabilities, up to a constant of the user. Absent: only the order is known. */
  readonly scores?: readonly number[];
}

/**
 * One metric with its uncertainty. `value` and `standardError` are in percent (×100), of the log
 * loss in nats. Metrics of clicks have k 0, those of rankings a cut-off.
 */
export interface MetricValue {
  readonly metric: 'recall' | 'ndcg' | 'mrr' | 'auc' | 'gauc' | 'log-loss';
  readonly k: number;
  readonly value: number;
  readonly standardError: number;
  /** Users; impressions for AUC and log loss. */
  readonly n: number;
}
