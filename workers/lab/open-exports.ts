import { transfer } from 'comlink';
import { AppError } from '../../src/core/errors.ts';
import type { ExportedFile } from './api.ts';

/** Exports that a page reads piece by piece. */
export class OpenExports {
  private readonly open = new Map<number, AsyncGenerator<ExportedFile, void>>();
  /** Handles of a worker that died are none of the one that takes its place. */
  private count = Math.floor(performance.timeOrigin);

  /** @returns its handle */
  add(pieces: AsyncGenerator<ExportedFile, void>): number {
    const handle = ++this.count;
    this.open.set(handle, pieces);
    return handle;
  }

  /** The next piece; null at the end. */
  async next(handle: number): Promise<ExportedFile | null> {
    const pieces = this.open.get(handle);
    if (pieces === undefined) {
      throw new AppError('invalid-argument', 'This export is not open any more.', {
        hint: 'Nothing is lost: export the checkpoint again.',
      });
    }
    const { done, value } = await pieces.next();
    if (done !== true) return moved(value);
    this.open.delete(handle);
    return null;
  }

  async close(handle: number): Promise<void> {
    const pieces = this.open.get(handle);
    this.open.delete(handle);
    await pieces?.return(undefined);
  }
}

/** Large pieces are arrays of their own and go to the page without a copy. */
function moved(piece: ExportedFile): ExportedFile {
  const { buffer, byteLength } = piece.bytes;
  const isWhole = buffer.byteLength === byteLength;
  return isWhole ? transfer(piece, [buffer]) : piece;
}
