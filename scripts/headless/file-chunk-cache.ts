import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';
import { AppError } from '../../src/core/errors.ts';
import type { ChunkCache, KeptFile } from '../../src/io/hub/chunk-cache.ts';

/**
 * Keeps downloads as plain files, so that the folder of a model is one of a checkpoint. Beside each
 * lies what is known of it (`.<name>.json`); a file counts only as far as that says.
 */
export class FileChunkCache implements ChunkCache {
  readonly isReadDirectly = true;
  private readonly root: string;

  /** @param root folder of all downloads; made when something is kept */
  constructor(root: string) {
    this.root = root;
  }

  /** Where the file of an address lies: below its host, with the parts of its path. */
  pathOf(key: string): string {
    const { host, pathname } = new URL(key);
    const parts = [host, ...pathname.split('/').slice(1)];
    return join(this.root, ...parts.map((part) => part.replace(/[^\w.-]|^\.+/g, '_')));
  }

  find(key: string): Promise<KeptFile | null> {
    const path = this.pathOf(key);
    const state = stateOf(path);
    const file = existsSync(state) ? readState(readFileSync(state, 'utf8')) : null;
    // Torn or edited: nothing is known of the file, so that nothing is kept.
    if (file === null) return Promise.resolve(null);
    // Somebody may have deleted or cut the file itself.
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? -1;
    return Promise.resolve(size >= file.kept ? file : null);
  }

  async chunk(key: string, index: number): Promise<Uint8Array<ArrayBuffer>> {
    const file = await this.find(key);
    const start = index * (file?.chunkBytes ?? 0);
    if (file === null || start >= file.kept) throw missing(key);
    const bytes = new Uint8Array(Math.min(file.chunkBytes, file.kept - start));
    const handle = openSync(this.pathOf(key), 'r');
    try {
      if (readSync(handle, bytes, 0, bytes.length, start) !== bytes.length) throw missing(key);
    } finally {
      closeSync(handle);
    }
    return bytes;
  }

  append(
    key: string,
    index: number,
    bytes: Uint8Array<ArrayBuffer>,
    file: KeptFile,
  ): Promise<void> {
    const path = this.pathOf(key);
    mkdirSync(dirname(path), { recursive: true });
    const handle = openSync(path, existsSync(path) ? 'r+' : 'w');
    try {
      writeSync(handle, bytes, 0, bytes.length, index * file.chunkBytes);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    this.write(path, file);
    return Promise.resolve();
  }

  async setVerified(key: string): Promise<void> {
    const file = await this.find(key);
    if (file !== null) this.write(this.pathOf(key), { ...file, verified: true });
  }

  remove(key: string): Promise<void> {
    const path = this.pathOf(key);
    // What is known goes first: a file without it counts as nothing.
    rmSync(stateOf(path), { force: true });
    rmSync(path, { force: true });
    return Promise.resolve();
  }

  /** Written beside and renamed: a torn state would be none. */
  private write(path: string, file: KeptFile): void {
    const state = stateOf(path);
    writeFileSync(`${state}.part`, JSON.stringify(file));
    renameSync(`${state}.part`, state);
  }
}

const keptSchema = v.object({
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  etag: v.nullable(v.string()),
  sha256: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
  chunkBytes: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  kept: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  verified: v.boolean(),
  sums: v.exactOptional(v.array(v.number())),
});

/** null for what is no state of a file. */
function readState(text: string): KeptFile | null {
  try {
    const read = v.safeParse(keptSchema, JSON.parse(text));
    return read.success && read.output.kept <= read.output.size ? read.output : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function stateOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.json`);
}

function missing(key: string): AppError {
  return new AppError('data-missing', `A part of ${key} is no longer kept.`, {
    hint: 'Nothing was loaded. The same command downloads it again.',
  });
}
