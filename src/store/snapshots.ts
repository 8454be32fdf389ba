import { AppError } from '../core/errors.ts';
import { canonicalJson, sha256Hex } from '../core/hash.ts';
import { withoutInfinities } from './checkpoint-manifest.ts';
import type { KeyValueStore } from './key-value.ts';

export const SNAPSHOT_SCHEMA = 'mmgrid-snapshot/1';
/** Bytes of a part: one of them is in memory at a time, beside the array that it is of. */
const PART_BYTES = 16 * 2 ** 20;

export type SnapshotValues = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** An array of a snapshot, which is made when it is written: all of them may not fit the memory. */
export interface SnapshotSource {
  readonly name: string;
  readonly read: () => SnapshotValues | Promise<SnapshotValues>;
}

interface SnapshotEntry {
  readonly name: string;
  readonly type: 'f32' | 'f64';
  readonly length: number;
  readonly parts: readonly {
    readonly key: string;
    readonly bytes: number;
    readonly sha256: string;
  }[];
}

/** The mark of a snapshot: written last, and it holds the hashes of all else. */
interface SnapshotHead {
  readonly schema: typeof SNAPSHOT_SCHEMA;
  /** Of the job. */
  readonly id: string;
  /** The newest of a job has the highest. */
  readonly serial: number;
  readonly sizeBytes: number;
  readonly facts: unknown;
  readonly entries: readonly SnapshotEntry[];
  /** Of the canonical JSON of all above. */
  readonly sha256: string;
}

/** A stored snapshot, every byte of which has been held against its hash. */
export interface Snapshot {
  readonly facts: unknown;
  /** @errors checkpoint-corrupt for an array that it has not, or that changed since */
  values(name: string): Promise<SnapshotValues>;
}

/**
 * Where unfinished jobs have come to, one state a job. It is whole or not there, and the one before
 * is deleted only after it: whoever is killed while writing has the one before.
 */
export class SnapshotStore {
  private readonly store: KeyValueStore;

  constructor(store: KeyValueStore) {
    this.store = store;
  }

  /**
   * @param facts JSON, and numbers that JSON has no form for
   * @errors quota-exceeded, storage-unavailable, and what the sources throw: the one before is kept
   */
  async put(id: string, facts: unknown, sources: Iterable<SnapshotSource>): Promise<void> {
    // One that is damaged is replaced like any other.
    const newest = await this.newest(id).catch(() => null);
    const [first, second] = placesOf(id);
    const [own, other] = newest?.place === first ? [second, first] : [first, second];
    const serial = (newest?.head.serial ?? 0) + 1;
    const entries: SnapshotEntry[] = [];
    let count = 0;
    const written = async function* (): AsyncGenerator<readonly [string, unknown]> {
      for (const { name, read } of sources) {
        const values = await read();
        const type = values instanceof Float32Array ? 'f32' : 'f64';
        const parts: { key: string; bytes: number; sha256: string }[] = [];
        for (let at = 0; at < values.byteLength; at += PART_BYTES) {
          const length = Math.min(PART_BYTES, values.byteLength - at);
          const bytes = new Uint8Array(values.buffer, values.byteOffset + at, length).slice();
          const key = partKey(own, count++);
          parts.push({ key, bytes: length, sha256: await sha256Hex(bytes) });
          yield [key, bytes];
        }
        entries.push({ name, type, length: values.length, parts });
      }
      const sizes = entries.flatMap(({ parts }) => parts.map(({ bytes }) => bytes));
      const sizeBytes = sizes.reduce((sum, bytes) => sum + bytes, 0);
      const open = { schema: SNAPSHOT_SCHEMA, id, serial, sizeBytes, facts, entries } as const;
      yield [headKey(own), { ...open, sha256: await digestOf(open) }];
    };
    await this.store.writeEach(prefixesOf(own), written());
    // Only now: it was all there was.
    await this.store.write(prefixesOf(other), []);
  }

  /**
   * The newest snapshot of a job; null when there is none.
   * @errors checkpoint-corrupt, storage-unavailable
   */
  async get(id: string): Promise<Snapshot | null> {
    const { head } = (await this.newest(id)) ?? {};
    if (head === undefined) return null;
    const { sha256, ...open } = head;
    if ((await digestOf(open).catch(() => null)) !== sha256) {
      throw corrupt(id, 'its description has another SHA-256');
    }
    if (!head.entries.every(isEntry)) throw corrupt(id, 'its list of arrays is none');
    for (const entry of head.entries) {
      for (const part of entry.parts) await this.part(id, part);
    }
    return {
      facts: head.facts,
      values: async (name) => {
        const entry = head.entries.find((one) => one.name === name);
        if (entry === undefined) throw corrupt(id, `it has no "${name}"`);
        const values = new (entry.type === 'f32' ? Float32Array : Float64Array)(entry.length);
        const bytes = new Uint8Array(values.buffer);
        let at = 0;
        for (const part of entry.parts) {
          bytes.set(await this.part(id, part), at);
          at += part.bytes;
        }
        return values;
      },
    };
  }

  async has(id: string): Promise<boolean> {
    const heads = await this.store.getMany(placesOf(id).map(headKey));
    return heads.some((head) => head !== undefined);
  }

  /** Whose they are and what they take, in the order of the ids; damaged ones are left out. */
  async list(): Promise<readonly { readonly id: string; readonly sizeBytes: number }[]> {
    return (await this.store.getPrefix('snapshot/')).filter(isHead);
  }

  async remove(id: string): Promise<void> {
    for (const place of placesOf(id)) await this.store.write(prefixesOf(place), []);
  }

  /**
   * Removes parts whose mark never came, as a page that is closed in the middle of a large snapshot
   * leaves them. Only the one writer of a database may call it.
   */
  async removeUnfinished(keysOf: (prefix: string) => Promise<readonly string[]>): Promise<void> {
    const marked = new Set((await keysOf('snapshot/')).map((key) => key.split('/')[1]));
    const places = new Set((await keysOf('part/')).map((key) => key.split('/')[1] ?? ''));
    for (const place of places) {
      if (!marked.has(place)) await this.store.write([`part/${place}/`], []);
    }
  }

  /** @errors checkpoint-corrupt, storage-unavailable */
  private async newest(
    id: string,
  ): Promise<{ readonly place: string; readonly head: SnapshotHead } | null> {
    const places = placesOf(id);
    const values = await this.store.getMany(places.map(headKey));
    const found = places.flatMap((place, index) => {
      const head = values[index];
      if (head === undefined) return [];
      if (!isHead(head) || head.id !== id) throw corrupt(id, 'its description is none');
      return [{ place, head }];
    });
    return found.toSorted((a, b) => b.head.serial - a.head.serial)[0] ?? null;
  }

  private async part(
    id: string,
    { key, bytes, sha256 }: SnapshotEntry['parts'][number],
  ): Promise<Uint8Array<ArrayBuffer>> {
    const [part] = await this.store.getMany([key]);
    if (!(part instanceof Uint8Array) || part.length !== bytes) {
      throw corrupt(id, 'a part is missing or has another size');
    }
    const own = new Uint8Array(part);
    if ((await sha256Hex(own)) !== sha256) throw corrupt(id, 'a part has another SHA-256');
    return own;
  }
}

/**
 * A job has two places: the old snapshot lies in one until the new one is whole in the other. Each is
 * like a job of its own to a store of files, where one write is about one job.
 */
function placesOf(id: string): readonly [string, string] {
  return [`${id}~0`, `${id}~1`];
}

function headKey(place: string): string {
  return `snapshot/${place}/`;
}

/** Of one length, so that their order is that of the arrays. */
function partKey(place: string, index: number): string {
  return `part/${place}/${String(index).padStart(6, '0')}`;
}

function prefixesOf(place: string): readonly string[] {
  return [`part/${place}/`, headKey(place)];
}

function digestOf(head: Omit<SnapshotHead, 'sha256'>): Promise<string> {
  return sha256Hex(canonicalJson(withoutInfinities(head)));
}

/** What of a mark is looked at before its hash is. */
function isHead(value: unknown): value is SnapshotHead {
  if (typeof value !== 'object' || value === null) return false;
  const { schema, id, serial, sizeBytes, entries } = value as Partial<
    Record<keyof SnapshotHead, unknown>
  >;
  const isNumber = [serial, sizeBytes].every((number) => typeof number === 'number');
  return schema === SNAPSHOT_SCHEMA && typeof id === 'string' && isNumber && Array.isArray(entries);
}

/** Its parts are what the array takes, neither more nor less: both size memory. */
function isEntry(value: unknown): value is SnapshotEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { name, type, length, parts } = value as Partial<Record<keyof SnapshotEntry, unknown>>;
  if (typeof name !== 'string' || (type !== 'f32' && type !== 'f64')) return false;
  if (!Number.isSafeInteger(length) || !Array.isArray(parts) || !parts.every(isPart)) return false;
  const own = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  return own === Number(length) * (type === 'f32' ? 4 : 8);
}

function isPart(value: unknown): value is SnapshotEntry['parts'][number] {
  if (typeof value !== 'object' || value === null) return false;
  const { key, bytes, sha256 } = value as Partial<Record<string, unknown>>;
  const isSize = Number.isSafeInteger(bytes) && Number(bytes) >= 0 && Number(bytes) <= PART_BYTES;
  return typeof key === 'string' && isSize && typeof sha256 === 'string';
}

function corrupt(id: string, what: string): AppError {
  return new AppError('checkpoint-corrupt', `A snapshot is damaged: ${what}.`, {
    hint: 'It was not used, finished results are not affected: its job begins anew.',
    details: { id },
  });
}
