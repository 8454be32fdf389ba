import { blobSource, type ByteSource } from '../../src/io/byte-source.ts';
import {
  openBase,
  type BaseSummary,
  type OpenedBase,
} from '../../src/lab/checkpoints/opened-base.ts';
import type { NamedBlob } from './api.ts';

/** The base that documents with `base: { source: import }` start from. */
export class HeldBase {
  private base: OpenedBase | null = null;
  private reading: AbortController | null = null;

  /** null before one is read. */
  get opened(): OpenedBase | null {
    return this.base;
  }

  /** Takes the place of the one before; none is left when it cannot be read. @errors as openBase */
  async open(
    files: readonly NamedBlob[],
    onProgress?: (doneBytes: number, totalBytes: number) => void,
  ): Promise<BaseSummary> {
    this.base = null;
    const controller = new AbortController();
    this.reading = controller;
    const { signal } = controller;
    const opened = await openBase(sourcesOf(files), { signal, ...(onProgress && { onProgress }) });
    signal.throwIfAborted();
    this.base = opened;
    return opened.summary;
  }

  /** Forgets it, or ends its reading. */
  close(): void {
    this.reading?.abort();
    this.base = null;
  }
}

export function sourcesOf(files: readonly NamedBlob[]): ByteSource[] {
  return files.map(({ name, blob }) => blobSource(name, blob));
}
