import { formatBytes } from '../text/format.ts';

/** How many bytes of tensors a merge of files may hold. */
export interface MergeMemory {
  readonly bytes: number;
  /** Where the number comes from, for the form. */
  readonly why: string;
}

/** A quarter of 8 GiB, where a browser tells nothing. */
const UNTOLD_BYTES = 2 * 2 ** 30;

/**
 * A quarter of the memory that the browser tells of (`deviceMemory`: GiB, rounded, and never above a
 * number of the browser's own), as in Node of what is free; what others use of it a page is not told.
 */
export function suggestedMemory(machine: object = navigator): MergeMemory {
  const deviceMemory = 'deviceMemory' in machine ? machine.deviceMemory : undefined;
  if (typeof deviceMemory !== 'number' || !(deviceMemory > 0) || !Number.isFinite(deviceMemory)) {
    const why = `This browser does not say how much memory the computer has: ${formatBytes(UNTOLD_BYTES)} are taken for granted.`;
    return { bytes: UNTOLD_BYTES, why };
  }
  const told = deviceMemory * 2 ** 30;
  const why = `A quarter of the ${formatBytes(told)} that this browser tells of; there may be more.`;
  return { bytes: told / 4, why };
}

/** Bytes of a field in MB; null where it holds no size, undefined where it is empty. */
export function memoryOf(text: string): number | null | undefined {
  if (text.trim() === '') return undefined;
  const megabytes = Number(text);
  return Number.isFinite(megabytes) && megabytes >= 1 ? Math.floor(megabytes * 1e6) : null;
}
