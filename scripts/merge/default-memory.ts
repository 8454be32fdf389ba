import { freemem } from 'node:os';

/**
 * Bytes of tensors that a merge holds unless it is told otherwise: a quarter of what is free now. The
 * rest is for what reads, writes and runs them, for the system's own cache of files, and for others.
 */
export function defaultMemory(freeBytes = freeMemory()): number {
  return Math.floor(freeBytes / 4);
}

/** Also within the limits of a container, where Node knows them: from 20.13 on. */
function freeMemory(): number {
  const { availableMemory } = process as Partial<Pick<NodeJS.Process, 'availableMemory'>>;
  return Math.min(freemem(), availableMemory?.call(process) ?? Infinity);
}
