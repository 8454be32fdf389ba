import { AppError } from '../core/errors.ts';
import { canonicalJson, sha256Hex } from '../core/hash.ts';
import { IdbStore } from './idb-store.ts';
import type { KeyValueStore } from './key-value.ts';

const ARTEFACT_SCHEMA = 'mmgrid-artefact/2';
/** What older builds stored: the hash leaves the date out. */
const UNDATED_SCHEMA = 'mmgrid-artefact/1';

/** What is known of an artefact without loading its value. */
export interface ArtefactHead {
  readonly schema: typeof ARTEFACT_SCHEMA | typeof UNDATED_SCHEMA;
  readonly id: string;
  /** What it is: "semantic-ids", "results", "rankings". */
  readonly kind: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Of all above and the value. */
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
    const open = { schema: ARTEFACT_SCHEMA, id, kind, createdAt } as const;
    const head: ArtefactHead = { ...open, sha256: await digestOf(open, own) };
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
    const [storedHead, value] = await this.values(id);
    if (storedHead === undefined) return null;
    const head = checkHead(id, storedHead);
    // A damaged value may be one that cannot be hashed at all.
    const digest = await digestOf(head, value).catch(() => null);
    if (digest !== head.sha256) throw corrupt(id, `its ${head.kind} has another SHA-256`);
    return { head, value };
  }

  private async values(id: string): Promise<readonly unknown[]> {
    try {
      return await this.store.getMany([headKey(id), valueKey(id)]);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'checkpoint-corrupt') throw error;
      // The file store knows whose it is and has said so.
      if ('id' in error.details) throw error;
      throw corrupt(id, error.message.replace(/\.$/, ''));
    }
  }

  async has(id: string): Promise<boolean> {
    return (await this.store.getMany([headKey(id)]))[0] !== undefined;
  }

  /** Heads of all artefacts, or of one kind, in the order of their ids; damaged ones are left out. */
  async list(kind?: string): Promise<readonly ArtefactHead[]> {
    const heads = (await this.store.getPrefix('head/')).filter(isHead);
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

async function digestOf(
  { schema, id, kind, createdAt }: Omit<ArtefactHead, 'sha256'>,
  value: unknown,
): Promise<string> {
  const hashed = schema === UNDATED_SCHEMA ? [id, kind] : [schema, id, kind, createdAt];
  return sha256Hex(canonicalJson([...hashed, await withoutBytes(value)]));
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

/** @errors checkpoint-corrupt */
function checkHead(id: string, value: unknown): ArtefactHead {
  if (!isHead(value)) {
    const schema: unknown =
      typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
    throw corrupt(id, `its description has the form ${String(schema)}`);
  }
  if (value.id !== id) throw corrupt(id, 'its description is that of another');
  return value;
}

function isHead(value: unknown): value is ArtefactHead {
  if (typeof value !== 'object' || value === null) return false;
  const { schema, id, kind, createdAt, sha256 } = value as Partial<Record<string, unknown>>;
  const isKnown = schema === ARTEFACT_SCHEMA || schema === UNDATED_SCHEMA;
  return isKnown && [id, kind, createdAt, sha256].every((field) => typeof field === 'string');
}

function corrupt(id: string, what: string): AppError {
  return new AppError(
    'checkpoint-corrupt',
    `The stored result ${id.slice(0, 12)} is damaged: ${what}.`,
    {
      hint: 'It was not loaded, others are not affected. Run again: only this one is made again.',
      details: { id },
    },
  );
}
