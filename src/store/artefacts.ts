import { AppError } from '../core/errors.ts';
import { canonicalJson, sha256Hex } from '../core/hash.ts';
import { IdbStore } from './idb-store.ts';
import type { KeyValueStore } from './key-value.ts';

export const ARTEFACT_SCHEMA = 'mmgrid-artefact/1';

/** What is known of an artefact without loading its value. */
export interface ArtefactHead {
  readonly schema: typeof ARTEFACT_SCHEMA;
  readonly id: string;
  /** What it is: "semantic-ids", "results", "rankings". */
  readonly kind: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly sha256: string;
}

export interface Artefact {
  readonly head: ArtefactHead;
  readonly value: unknown;
}

/**
 * Small results of jobs by id: JSON values that may hold typed arrays (semantic ids, result rows,
 * rankings). Head and value are written in one transaction and the hash covers both.
 */
export class ArtefactStore {
  private readonly store: KeyValueStore;

  constructor(store: KeyValueStore) {
    this.store = store;
  }

  /** @errors storage-unavailable */
  static async open(name = 'mmgrid-artefacts'): Promise<ArtefactStore> {
    return new ArtefactStore(await IdbStore.open(name));
  }

  /**
   * Stores a value, replacing one of the same id.
   * @errors invalid-argument for values that are neither JSON nor typed arrays (NaN included),
   *   quota-exceeded, storage-unavailable
   */
  async put(id: string, kind: string, value: unknown, createdAt: string): Promise<void> {
    if (id === '' || id.includes('/')) {
      throw new AppError('invalid-argument', `"${id}" cannot be the id of an artefact.`);
    }
    // A copy: the value may change while its hash is awaited.
    const own: unknown = structuredClone(value);
    const sha256 = await digestOf(id, kind, own);
    const head: ArtefactHead = { schema: ARTEFACT_SCHEMA, id, kind, createdAt, sha256 };
    await this.store.write(
      [],
      [
        [headKey(id), head],
        [valueKey(id), own],
      ],
    );
  }

  /**
   * The artefact with its hash checked; null when there is none.
   * @errors checkpoint-corrupt, storage-unavailable
   */
  async get(id: string): Promise<Artefact | null> {
    const [storedHead, value] = await this.store.getMany([headKey(id), valueKey(id)]);
    if (storedHead === undefined) return null;
    const head = checkHead(storedHead);
    // A damaged value may be one that cannot be hashed at all.
    const digest = await digestOf(id, head.kind, value).catch(() => '');
    if (digest !== head.sha256) {
      throw new AppError('checkpoint-corrupt', `The stored ${head.kind} of ${id} are damaged.`, {
        hint: 'They were not loaded. Delete them and run again: only they are rebuilt.',
        details: { id },
      });
    }
    return { head, value };
  }

  async has(id: string): Promise<boolean> {
    return (await this.store.getMany([headKey(id)]))[0] !== undefined;
  }

  /** Heads of all artefacts, or of one kind, in the order of their ids. */
  async list(kind?: string): Promise<readonly ArtefactHead[]> {
    const heads = (await this.store.getPrefix('head/')).map(checkHead);
    return kind === undefined ? heads : heads.filter((head) => head.kind === kind);
  }

  async delete(id: string): Promise<void> {
    await this.store.write([headKey(id), valueKey(id)], []);
  }

  close(): void {
    this.store.close();
  }
}

/** The closing slash keeps one id from being a prefix of another in a range. */
function headKey(id: string): string {
  return `head/${id}/`;
}

function valueKey(id: string): string {
  return `value/${id}/`;
}

async function digestOf(id: string, kind: string, value: unknown): Promise<string> {
  return sha256Hex(canonicalJson([id, kind, await withoutBytes(value)]));
}

/** The value with every typed array replaced by its type, length and SHA-256. */
async function withoutBytes(value: unknown): Promise<unknown> {
  if (value instanceof ArrayBuffer) return withoutBytes(new Uint8Array(value));
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.byteLength);
    bytes.set(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    return { bytes: await sha256Hex(bytes), length: bytes.length, type: value.constructor.name };
  }
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const item of value) items.push(await withoutBytes(item));
    return items;
  }
  if (typeof value === 'object' && value !== null) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new AppError('invalid-argument', 'An artefact may hold only JSON and typed arrays.');
    }
    const fields = new Map<string, unknown>();
    for (const [name, field] of Object.entries(value)) fields.set(name, await withoutBytes(field));
    return Object.fromEntries(fields);
  }
  return value;
}

function checkHead(value: unknown): ArtefactHead {
  const schema: unknown =
    typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (schema !== ARTEFACT_SCHEMA) {
    throw new AppError('checkpoint-corrupt', `A stored result has the form ${String(schema)}.`, {
      hint: 'Another version of this app wrote it. Reload the page, or delete it.',
    });
  }
  return value as ArtefactHead;
}
