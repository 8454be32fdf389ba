import { AppError } from '../core/errors.ts';
import { sha256Hex } from '../core/hash.ts';
import type { ParameterLayout } from '../core/layout.ts';
import { IdbStore } from './idb-store.ts';
import type { KeyValueStore } from './key-value.ts';

export const CHECKPOINT_SCHEMA = 'mmgrid-checkpoint/1';
export const CHUNK_BYTES = 16 * 2 ** 20;

export type JsonObject = Readonly<Record<string, unknown>>;

/** What the caller says about a checkpoint; the store adds the rest of the manifest. */
export interface CheckpointInfo {
  /** Shown name, "Office/phase2/seed1". */
  readonly name: string;
  readonly layout: ParameterLayout;
  /** The model's configuration as JSON: the store knows no models. */
  readonly config: JsonObject;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Anything else that belongs to it: parents, steps, seed, adapter. JSON. */
  readonly meta: JsonObject;
}

export interface CheckpointChunk {
  readonly key: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface CheckpointManifest extends CheckpointInfo {
  readonly schema: typeof CHECKPOINT_SCHEMA;
  readonly id: string;
  readonly sizeBytes: number;
  readonly chunks: readonly CheckpointChunk[];
}

export interface Checkpoint {
  readonly manifest: CheckpointManifest;
  readonly arena: Float32Array<ArrayBuffer>;
}

/**
 * Checkpoints by id. A checkpoint is one transaction: chunks of at most 16 MiB and the manifest
 * with their hashes appear together or not at all.
 */
export class CheckpointStore {
  private readonly store: KeyValueStore;

  /** Over any key-value store; `new CheckpointStore(new MemoryStore())` needs no browser storage. */
  constructor(store: KeyValueStore) {
    this.store = store;
  }

  /** @errors storage-unavailable */
  static async open(name = 'mmgrid-checkpoints'): Promise<CheckpointStore> {
    return new CheckpointStore(await IdbStore.open(name));
  }

  /**
   * Stores a checkpoint, replacing one of the same id, and resolves when it is on disk.
   * @errors layout-mismatch, non-finite (a broken model never replaces a good one),
   *   quota-exceeded, storage-unavailable
   */
  async put(id: string, info: CheckpointInfo, arena: Float32Array): Promise<CheckpointManifest> {
    checkId(id);
    checkArena(info.layout, arena, id);
    // A copy: the arena may change while the hashes are awaited. Plain bytes for the database.
    const bytes = new Uint8Array(arena.byteLength);
    bytes.set(new Uint8Array(arena.buffer, arena.byteOffset, arena.byteLength));
    const chunks: CheckpointChunk[] = [];
    const entries: [string, unknown][] = [];
    for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
      const chunk = bytes.slice(start, start + CHUNK_BYTES);
      const key = `${chunkPrefix(id)}${String(chunks.length).padStart(6, '0')}`;
      chunks.push({ key, sha256: await sha256Hex(chunk), bytes: chunk.length });
      entries.push([key, chunk]);
    }
    const manifest: CheckpointManifest = {
      schema: CHECKPOINT_SCHEMA,
      id,
      name: info.name,
      layout: info.layout,
      config: info.config,
      createdAt: info.createdAt,
      meta: info.meta,
      sizeBytes: bytes.length,
      chunks,
    };
    entries.push([manifestKey(id), manifest]);
    await this.store.write([chunkPrefix(id)], entries);
    return manifest;
  }

  /**
   * The checkpoint with every chunk's hash checked; null when there is none.
   * @errors checkpoint-corrupt, storage-unavailable
   */
  async get(id: string): Promise<Checkpoint | null> {
    const manifest = await this.manifest(id);
    if (manifest === null) return null;
    const values = await this.store.getMany(manifest.chunks.map(({ key }) => key));
    const arena = new Float32Array(manifest.layout.length);
    const target = new Uint8Array(arena.buffer);
    let offset = 0;
    for (const [index, { sha256, bytes }] of manifest.chunks.entries()) {
      const chunk = values[index];
      if (!(chunk instanceof Uint8Array) || chunk.length !== bytes) {
        throw corrupt(manifest, `part ${String(index)} is missing or has another size`);
      }
      const own = new Uint8Array(chunk);
      if ((await sha256Hex(own)) !== sha256) {
        throw corrupt(manifest, `part ${String(index)} has another SHA-256`);
      }
      if (offset + bytes > target.length) throw corrupt(manifest, 'it is longer than its layout');
      target.set(own, offset);
      offset += bytes;
    }
    if (offset !== target.length) throw corrupt(manifest, 'it is shorter than its layout');
    return { manifest, arena };
  }

  async has(id: string): Promise<boolean> {
    return (await this.store.getMany([manifestKey(id)]))[0] !== undefined;
  }

  /** All manifests, in the order of their ids. */
  async list(): Promise<readonly CheckpointManifest[]> {
    return (await this.store.getPrefix('manifest/')).map(checkManifest);
  }

  async delete(id: string): Promise<void> {
    await this.store.write([chunkPrefix(id), manifestKey(id)], []);
  }

  close(): void {
    this.store.close();
  }

  private async manifest(id: string): Promise<CheckpointManifest | null> {
    const [value] = await this.store.getMany([manifestKey(id)]);
    return value === undefined ? null : checkManifest(value);
  }
}

/** The closing slash keeps one id from being a prefix of another in a range. */
function manifestKey(id: string): string {
  return `manifest/${id}/`;
}

function chunkPrefix(id: string): string {
  return `chunk/${id}/`;
}

function checkId(id: string): void {
  if (id === '' || id.includes('/')) {
    throw new AppError('invalid-argument', `"${id}" cannot be the id of a checkpoint.`);
  }
}

function checkArena(layout: ParameterLayout, arena: Float32Array, id: string): void {
  if (layout.length !== arena.length) {
    throw new AppError(
      'layout-mismatch',
      `Checkpoint ${id}: ${String(arena.length)} parameters for a layout of ${String(layout.length)}.`,
    );
  }
  const bad = arena.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const tensor = layout.entries.find(({ offset, size }) => bad >= offset && bad < offset + size);
  throw new AppError('non-finite', `Checkpoint ${id} holds a value that is not finite.`, {
    hint: 'It was not saved; the last good checkpoint is kept. Try a lower learning rate.',
    faults: [
      {
        place: `tensor "${tensor?.name ?? 'padding'}"`,
        message: `element ${String(bad - (tensor?.offset ?? 0))} is ${String(arena[bad])}`,
      },
    ],
  });
}

function checkManifest(value: unknown): CheckpointManifest {
  const schema: unknown =
    typeof value === 'object' && value !== null && 'schema' in value ? value.schema : undefined;
  if (schema !== CHECKPOINT_SCHEMA) {
    throw new AppError(
      'checkpoint-corrupt',
      `A stored checkpoint has the form ${String(schema)}.`,
      {
        hint: 'Another version of this app wrote it. Reload the page, or delete the checkpoint.',
      },
    );
  }
  return value as CheckpointManifest;
}

function corrupt(manifest: CheckpointManifest, what: string): AppError {
  return new AppError('checkpoint-corrupt', `Checkpoint "${manifest.name}" is damaged: ${what}.`, {
    hint: 'It was not loaded. Delete it and run again: only this one is rebuilt.',
    details: { id: manifest.id },
  });
}
