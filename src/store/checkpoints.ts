import {
  arenaSource,
  firstNonFinite,
  wholeArena,
  type Arena,
  type ArenaSource,
} from '../core/arena-source.ts';
import { AppError } from '../core/errors.ts';
import { sha256Hex } from '../core/hash.ts';
import type { ParameterLayout } from '../core/layout.ts';
import { IdbStore } from './idb-store.ts';
import type { KeyValueStore } from './key-value.ts';
import { restoreFloats, storeFloats, storedCount, type StoredType } from './narrow-floats.ts';

export const CHECKPOINT_SCHEMA = 'mmgrid-checkpoint/1';
/** Elements of a chunk. */
export const CHUNK_LENGTH = 4 * 2 ** 20;

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
  /** Absent: F32. */
  readonly type?: StoredType;
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

/** A checkpoint whose values are read where they are needed; each chunk is checked then. */
export interface OpenedCheckpoint {
  readonly manifest: CheckpointManifest;
  readonly arena: ArenaSource;
}

/**
 * Checkpoints by id: chunks of at most 16 MiB, and the manifest with their hashes, without which
 * they count as nothing. A chunk is in memory at a time, beside what the caller holds.
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
   * Stores a checkpoint, replacing one of the same id, and resolves when it is on disk. What is
   * bfloat16 is stored so, without loss.
   * @errors layout-mismatch, non-finite (a broken model never replaces a good one),
   *   quota-exceeded, storage-unavailable; as the arena's reads
   */
  async put(id: string, info: CheckpointInfo, arena: Arena): Promise<CheckpointManifest> {
    checkId(id);
    checkLength(info.layout, arena, id);
    // A copy: an arena in memory may change while the hashes are awaited.
    const source = arenaSource(arena instanceof Float32Array ? arena.slice() : arena);
    const chunks: CheckpointChunk[] = [];
    const values = new Float32Array(Math.min(CHUNK_LENGTH, source.length));
    const manifestOf = (): CheckpointManifest => ({
      schema: CHECKPOINT_SCHEMA,
      id,
      name: info.name,
      layout: info.layout,
      config: info.config,
      createdAt: info.createdAt,
      meta: info.meta,
      sizeBytes: chunks.reduce((sum, { bytes }) => sum + bytes, 0),
      chunks,
    });
    const entries = async function* (): AsyncGenerator<readonly [string, unknown]> {
      for (let start = 0; start < source.length; start += CHUNK_LENGTH) {
        const own = values.subarray(0, Math.min(CHUNK_LENGTH, source.length - start));
        await source.read(start, own);
        checkFinite(info.layout, own, start, id);
        const { type, bytes } = storeFloats(own);
        const key = `${chunkPrefix(id)}${String(chunks.length).padStart(6, '0')}`;
        const chunk = { key, sha256: await sha256Hex(bytes), bytes: bytes.length };
        chunks.push(type === 'F32' ? chunk : { ...chunk, type });
        yield [key, bytes];
      }
      yield [manifestKey(id), manifestOf()];
    };
    await this.store.writeEach([chunkPrefix(id), manifestKey(id)], entries());
    return manifestOf();
  }

  /**
   * The checkpoint with every chunk's hash checked; null when there is none.
   * @errors checkpoint-corrupt, storage-unavailable
   */
  async get(id: string): Promise<Checkpoint | null> {
    const opened = await this.open(id);
    return opened && { manifest: opened.manifest, arena: await wholeArena(opened.arena) };
  }

  /**
   * The checkpoint without its values; null when there is none.
   * @errors checkpoint-corrupt when its chunks cannot be its layout, storage-unavailable
   */
  async open(id: string): Promise<OpenedCheckpoint | null> {
    const manifest = await this.manifest(id);
    if (manifest === null) return null;
    checkChunks(manifest);
    let last: { readonly index: number; readonly values: Float32Array<ArrayBuffer> } | null = null;
    const chunk = async (index: number): Promise<Float32Array<ArrayBuffer>> => {
      // Readers go from front to back in pieces that are smaller than a chunk.
      if (last?.index === index) return last.values;
      last = null;
      const values = await this.chunk(manifest, index);
      last = { index, values };
      return values;
    };
    const read = async (start: number, target: Float32Array<ArrayBuffer>): Promise<void> => {
      for (let at = 0; at < target.length;) {
        const index = Math.floor((start + at) / CHUNK_LENGTH);
        const from = start + at - index * CHUNK_LENGTH;
        const part = (await chunk(index)).subarray(from, from + target.length - at);
        if (part.length === 0) throw corrupt(manifest, 'it is shorter than its layout');
        target.set(part, at);
        at += part.length;
      }
    };
    return { manifest, arena: { length: manifest.layout.length, read } };
  }

  private async chunk(
    manifest: CheckpointManifest,
    index: number,
  ): Promise<Float32Array<ArrayBuffer>> {
    const { key = '', sha256, bytes: size = 0, type = 'F32' } = manifest.chunks[index] ?? {};
    const [chunk] = await this.store.getMany([key]);
    const part = `part ${String(index)}`;
    if (!(chunk instanceof Uint8Array) || chunk.length !== size) {
      throw corrupt(manifest, `${part} is missing or has another size`);
    }
    const bytes =
      chunk.buffer instanceof ArrayBuffer
        ? new Uint8Array(chunk.buffer, chunk.byteOffset, size)
        : new Uint8Array(chunk);
    if ((await sha256Hex(bytes)) !== sha256) {
      throw corrupt(manifest, `${part} has another SHA-256`);
    }
    const values = new Float32Array(storedCount(size, type));
    restoreFloats({ type, bytes }, values);
    return values;
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

  /**
   * Removes parts whose manifest never came, as a page that is closed in the middle of a large
   * checkpoint leaves them. Only the one writer of a database may call it.
   */
  async removeUnfinished(keysOf: (prefix: string) => Promise<readonly string[]>): Promise<void> {
    const ids = new Set((await keysOf('chunk/')).map((key) => key.split('/')[1] ?? ''));
    for (const id of ids) {
      if (!(await this.has(id))) await this.store.write([chunkPrefix(id)], []);
    }
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

function checkLength(layout: ParameterLayout, arena: Arena, id: string): void {
  if (layout.length === arena.length) return;
  throw new AppError(
    'layout-mismatch',
    `Checkpoint ${id}: ${String(arena.length)} parameters for a layout of ${String(layout.length)}.`,
  );
}

/** @param start of the values in the arena */
function checkFinite(layout: ParameterLayout, values: Float32Array, start: number, id: string) {
  const bad = firstNonFinite(values);
  if (bad === null) return;
  const at = start + bad.index;
  const tensor = layout.entries.find(({ offset, size }) => at >= offset && at < offset + size);
  throw new AppError('non-finite', `Checkpoint ${id} holds a value that is not finite.`, {
    hint: 'It was not saved; the last good checkpoint is kept. Try a lower learning rate.',
    faults: [
      {
        place: `tensor "${tensor?.name ?? 'padding'}"`,
        message: `element ${String(at - (tensor?.offset ?? 0))} is ${String(bad.value)}`,
      },
    ],
  });
}

/** All chunks but the last are full, and together they are the arena. */
function checkChunks(manifest: CheckpointManifest): void {
  const counts = manifest.chunks.map(({ bytes, type = 'F32' }) => storedCount(bytes, type));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const { length } = manifest.layout;
  if (total !== length) {
    throw corrupt(manifest, `it is ${total < length ? 'shorter' : 'longer'} than its layout`);
  }
  if (counts.slice(0, -1).some((count) => count !== CHUNK_LENGTH)) {
    throw corrupt(manifest, 'its parts have other sizes than were written');
  }
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
