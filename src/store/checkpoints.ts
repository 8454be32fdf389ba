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
import {
  CHUNK_LENGTH,
  chunkKey,
  chunkPrefix,
  corrupt,
  manifestKey,
  openManifest,
  sealManifest,
  type CheckpointChunk,
  type CheckpointInfo,
  type CheckpointManifest,
} from './checkpoint-manifest.ts';
import { restoreFloats, storeFloats, storedCount } from './narrow-floats.ts';

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
    let sealed: CheckpointManifest | null = null;
    const values = new Float32Array(Math.min(CHUNK_LENGTH, source.length));
    const entries = async function* (): AsyncGenerator<readonly [string, unknown]> {
      for (let start = 0; start < source.length; start += CHUNK_LENGTH) {
        const own = values.subarray(0, Math.min(CHUNK_LENGTH, source.length - start));
        await source.read(start, own);
        checkFinite(info.layout, own, start, id);
        const { type, bytes } = storeFloats(own);
        const key = chunkKey(id, chunks.length);
        const chunk = { key, sha256: await sha256Hex(bytes), bytes: bytes.length };
        chunks.push(type === 'F32' ? chunk : { ...chunk, type });
        yield [key, bytes];
      }
      sealed = await sealManifest(id, info, chunks);
      yield [manifestKey(id), sealed];
    };
    await this.store.writeEach([chunkPrefix(id), manifestKey(id)], entries());
    return sealed ?? sealManifest(id, info, chunks);
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
    const chunk = await this.value(manifest, key);
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

  /** All manifests, in the order of their ids; those that are damaged are left out. */
  async list(): Promise<readonly CheckpointManifest[]> {
    const stored = await this.store.getPrefix('manifest/');
    const opened = await Promise.all(
      stored.map((value) => openManifest(idOf(value), value).catch(() => null)),
    );
    return opened.filter((manifest) => manifest !== null);
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
      // A manifest that cannot be read is there: its job is made again, and replaces all of it.
      const isThere = await this.has(id).catch(() => true);
      if (!isThere) await this.store.write([chunkPrefix(id)], []);
    }
  }

  close(): void {
    this.store.close();
  }

  private async manifest(id: string): Promise<CheckpointManifest | null> {
    const value = await this.value(id, manifestKey(id));
    return value === undefined ? null : openManifest(id, value);
  }

  /** @param of whose value it is: what cannot be read is damage of this checkpoint */
  private async value(of: Parameters<typeof corrupt>[0], key: string): Promise<unknown> {
    try {
      return (await this.store.getMany([key]))[0];
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'checkpoint-corrupt') throw error;
      // The file store knows whose it is and has said so.
      if ('id' in error.details) throw error;
      throw corrupt(of, error.message.replace(/\.$/, ''));
    }
  }
}

/** Whose manifest a stored value says that it is. */
function idOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'id' in value ? String(value.id) : '';
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
