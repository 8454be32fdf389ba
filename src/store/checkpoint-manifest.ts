import { AppError } from '../core/errors.ts';
import { canonicalJson, sha256Hex } from '../core/hash.ts';
import { elementCount, type ParameterLayout } from '../core/layout.ts';
import { storedCount, type StoredType } from './narrow-floats.ts';

const CHECKPOINT_SCHEMA = 'mmgrid-checkpoint/2';
/** What older builds stored: the parts have hashes, the manifest has none. */
export const UNHASHED_SCHEMA = 'mmgrid-checkpoint/1';
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
  readonly schema: typeof CHECKPOINT_SCHEMA | typeof UNHASHED_SCHEMA;
  readonly id: string;
  readonly sizeBytes: number;
  readonly chunks: readonly CheckpointChunk[];
  /** Of all above; absent in what older builds stored. */
  readonly sha256?: string;
}

/** The closing slash keeps one id from being a prefix of another in a range. */
export function manifestKey(id: string): string {
  return `manifest/${id}/`;
}

export function chunkPrefix(id: string): string {
  return `chunk/${id}/`;
}

/** Of one length, so that their order is that of the arena. */
export function chunkKey(id: string, index: number): string {
  return `${chunkPrefix(id)}${String(index).padStart(6, '0')}`;
}

/** The manifest with its hash. */
export async function sealManifest(
  id: string,
  { name, layout, config, createdAt, meta }: CheckpointInfo,
  chunks: readonly CheckpointChunk[],
): Promise<CheckpointManifest> {
  const sizeBytes = chunks.reduce((sum, { bytes }) => sum + bytes, 0);
  const schema = CHECKPOINT_SCHEMA;
  // A copy: what the caller holds may change while its hash is awaited.
  const open = structuredClone({
    schema,
    id,
    name,
    layout,
    config,
    createdAt,
    meta,
    sizeBytes,
    chunks,
  } as const);
  return { ...open, sha256: await digestOf(open) };
}

/**
 * A stored value as the manifest of this id. Everything that sizes or names something is looked at
 * before it does, and the whole is held against its hash.
 * @errors checkpoint-corrupt
 */
export async function openManifest(id: string, value: unknown): Promise<CheckpointManifest> {
  const schema = isObject(value) ? value['schema'] : undefined;
  if (schema !== CHECKPOINT_SCHEMA && schema !== UNHASHED_SCHEMA) {
    throw corrupt(id, `its description has the form ${String(schema)}`);
  }
  const fault = faultOf(id, value as JsonObject);
  if (fault !== null) throw corrupt(id, fault);
  const manifest = value as CheckpointManifest;
  if (schema === CHECKPOINT_SCHEMA) {
    const { sha256, ...open } = manifest;
    // A damaged value may be one that cannot be hashed at all.
    const digest = await digestOf(open).catch(() => null);
    if (sha256 !== digest) throw corrupt(manifest, 'its description has another SHA-256');
  }
  return manifest;
}

/** @param checkpoint its manifest, or its id where that is all that can be read */
export function corrupt(
  checkpoint: string | Pick<CheckpointManifest, 'id' | 'name'>,
  what: string,
): AppError {
  const { id, name } =
    typeof checkpoint === 'string' ? { id: checkpoint, name: checkpoint.slice(0, 12) } : checkpoint;
  return new AppError('checkpoint-corrupt', `Checkpoint "${name}" is damaged: ${what}.`, {
    hint: 'It was not loaded, others are not affected. Run again: only this one is made again.',
    details: { id },
  });
}

/** What is wrong with the form of a manifest; null when it can be used. */
function faultOf(id: string, manifest: JsonObject): string | null {
  const { layout, chunks, sizeBytes } = manifest;
  if (manifest['id'] !== id) return 'its description is that of another';
  for (const field of ['name', 'createdAt']) {
    if (typeof manifest[field] !== 'string') return `its ${field} is no text`;
  }
  for (const field of ['config', 'meta']) {
    if (!isObject(manifest[field])) return `its ${field} is no object`;
  }
  if (!isLayout(layout)) return 'its layout is none';
  if (!Array.isArray(chunks) || !chunks.every((chunk, index) => isChunk(chunk, id, index))) {
    return 'its list of parts is none';
  }
  const parts = chunks as readonly CheckpointChunk[];
  if (sizeBytes !== parts.reduce((sum, { bytes }) => sum + bytes, 0)) {
    return 'its parts have another size than it says';
  }
  const counts = parts.map(({ bytes, type = 'F32' }) => storedCount(bytes, type));
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total !== layout.length) {
    return `it is ${total < layout.length ? 'shorter' : 'longer'} than its layout`;
  }
  // All chunks but the last are full.
  return counts.slice(0, -1).some((count) => count !== CHUNK_LENGTH)
    ? 'its parts have other sizes than were written'
    : null;
}

function isLayout(value: unknown): value is ParameterLayout {
  if (!isObject(value) || !isCount(value['length']) || !Array.isArray(value['entries'])) {
    return false;
  }
  const { length } = value;
  return value['entries'].every((entry: unknown) => {
    if (!isObject(entry) || typeof entry['name'] !== 'string') return false;
    const { shape, offset, size } = entry;
    if (!Array.isArray(shape) || !shape.every(isCount) || !isCount(offset) || !isCount(size)) {
      return false;
    }
    return elementCount(shape) === size && offset + size <= length;
  });
}

function isChunk(value: unknown, id: string, index: number): value is CheckpointChunk {
  if (!isObject(value) || value['key'] !== chunkKey(id, index)) return false;
  const { sha256, bytes, type = 'F32' } = value;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) return false;
  return isCount(bytes) && bytes <= 4 * CHUNK_LENGTH && (type === 'F32' || type === 'BF16');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

async function digestOf(manifest: Omit<CheckpointManifest, 'sha256'>): Promise<string> {
  return sha256Hex(canonicalJson(withoutInfinities(manifest)));
}

/** Numbers that JSON has no form for, in one: a loss that is none must not keep a model from being stored. */
export function withoutInfinities(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : { number: String(value) };
  if (Array.isArray(value)) return value.map(withoutInfinities);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, withoutInfinities(field)]),
  );
}
