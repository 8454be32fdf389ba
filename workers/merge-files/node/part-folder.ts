import {
  closeSync,
  createWriteStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { targetFault } from './result-target.ts';
import { makeWorkFolder, removeWorkFolder } from './work-folder.ts';

/** A request that does not fit the state of the result. */
export class OutputFault extends Error {}

/** Where the result that is being replaced waits until the new one has its place. */
export const REPLACED = 'replaced';

interface Output {
  readonly path: string;
  readonly isResult: boolean;
  /** Bytes of every file so far. */
  readonly sizes: Map<string, number>;
}

/**
 * The results of one recipe while they are written: a new folder beside the target, in which each
 * result has a folder of its own. Only files made here are written to, each byte at its place.
 */
export class PartFolder {
  private readonly target: string;
  private readonly mayReplace: boolean;
  private readonly outputs: (Output | null)[] = [];
  private folder: string | null = null;

  constructor(target: string, mayReplace: boolean) {
    this.target = target;
    this.mayReplace = mayReplace;
  }

  /** A new empty folder for a result or a step; gives its number. */
  open(isResult: boolean): number {
    this.folder ??= makeWorkFolder(`${this.target}.part-`);
    const path = join(this.folder, `${isResult ? 'result' : 'step'}-${this.outputs.length}`);
    mkdirSync(path);
    return this.outputs.push({ path, isResult, sizes: new Map() }) - 1;
  }

  create(output: number, name: string): void {
    const { path, sizes } = this.find(output);
    writeFileSync(join(path, name), '', { flag: 'wx' });
    sizes.set(name, 0);
  }

  /** @param at the file's size so far: a request that arrives twice is not written twice */
  async append(output: number, name: string, at: number, bytes: Readable): Promise<void> {
    const { path, sizes } = this.find(output);
    const size = sizes.get(name);
    if (size === undefined) throw new OutputFault(`${name} has not been created.`);
    if (size !== at) throw new OutputFault(`${name} has ${size} bytes, not ${at}.`);
    const stream = createWriteStream(join(path, name), { flags: 'r+', start: at });
    await pipeline(bytes, stream);
    sizes.set(name, at + stream.bytesWritten);
  }

  /** Path of a file that was written here. */
  pathOf(output: number, name: string): string | null {
    const { path, sizes } = this.find(output);
    return sizes.has(name) ? join(path, name) : null;
  }

  /** Gives the finished result its name; what had the name before goes only when that is done. */
  commit(output: number): void {
    const { path, isResult, sizes } = this.find(output);
    if (!isResult || this.folder === null) throw new OutputFault('A step is no result.');
    for (const name of sizes.keys()) flush(join(path, name));
    const fault = targetFault(this.target, this.mayReplace);
    if (fault !== null) throw new OutputFault(fault);
    const replaced = join(this.folder, REPLACED);
    const isReplacing = existsSync(this.target);
    if (isReplacing) renameSync(this.target, replaced);
    try {
      renameSync(path, this.target);
    } catch (error) {
      if (isReplacing) renameSync(replaced, this.target);
      throw error;
    }
    this.outputs[output] = null;
    this.remove();
  }

  discard(output: number): void {
    rmSync(this.find(output).path, { recursive: true, force: true });
    this.outputs[output] = null;
  }

  /** Takes away everything that has not been committed. */
  remove(): void {
    if (this.folder !== null) removeWorkFolder(this.folder);
    this.folder = null;
    this.outputs.fill(null);
  }

  private find(output: number): Output {
    const found = this.outputs[output] ?? null;
    if (found === null) throw new OutputFault(`There is no open result ${output}.`);
    return found;
  }
}

/** A name must not appear on the disk before the bytes behind it. */
function flush(path: string): void {
  const handle = openSync(path, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
