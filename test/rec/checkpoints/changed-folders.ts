import { expect } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { toHfConfig } from '../../../src/nn/transformer/hf-config.ts';
import { wholeArena } from '../../../src/core/arena-source.ts';
import {
  openCheckpoint,
  type OpenOptions,
} from '../../../src/rec/checkpoints/import-checkpoint.ts';
import {
  jsonBytes,
  safetensorsBytes,
  sourcesOf,
  TINY,
  tinyFolder,
  tinyTensors,
} from '../../support/models/tiny-checkpoint.ts';
import type { Folder, RawTensor } from '../../support/models/tiny-checkpoint.ts';

export const OPTIONS: OpenOptions = { needsTokenizer: false };

export async function errorOf(folder: Folder, options = OPTIONS): Promise<AppError> {
  let isOpen = false;
  try {
    const { arena } = await openCheckpoint(sourcesOf(folder), options);
    isOpen = true;
    await wholeArena(arena);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.hint).toMatch(/Nothing was loaded|choose it again/);
    // Faults of numbers are seen when they are read, all others before any is.
    expect(isOpen).toBe(error.code === 'non-finite');
    return error;
  }
  throw new Error('the checkpoint was accepted');
}

export function withWeights(
  change: (tensors: Map<string, RawTensor>) => void,
  config = TINY,
): Folder {
  const tensors = tinyTensors(config, 'F32');
  change(tensors);
  return new Map([...tinyFolder(config), ['model.safetensors', safetensorsBytes(tensors)]]);
}

export function withConfig(changes: Record<string, unknown>, config = TINY): Folder {
  return new Map([
    ...tinyFolder(config),
    ['config.json', jsonBytes({ ...toHfConfig(config), ...changes })],
  ]);
}

export const vector = (size: number): RawTensor => ({
  shape: [size],
  dtype: 'F32',
  bytes: new Uint8Array(4 * size),
});
