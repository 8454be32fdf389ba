import { wholeArena } from '../../../src/core/arena-source.ts';
import type { ByteSource } from '../../../src/io/byte-source.ts';
import {
  openCheckpoint,
  type OpenOptions,
} from '../../../src/rec/checkpoints/import-checkpoint.ts';

/** A checkpoint with its weights in memory, to be compared with others: the lab itself reads them piece by piece. */
export async function wholeCheckpoint(files: readonly ByteSource[], options: OpenOptions) {
  const opened = await openCheckpoint(files, options);
  return { ...opened, arena: await wholeArena(opened.arena) };
}
