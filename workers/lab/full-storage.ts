import { AppError } from '../../src/core/errors.ts';
import { formatBytes } from '../../src/compute/limits.ts';
import type { CheckpointManifest } from '../../src/store/checkpoint-manifest.ts';

/** What a full storage holds. */
export interface StoredSizes {
  readonly checkpoints: readonly Pick<CheckpointManifest, 'id' | 'sizeBytes'>[];
  /** Ids of the jobs of the run that found it full. */
  readonly planned: ReadonlySet<string>;
  /** Of models from a hub that are kept. */
  readonly downloadedBytes: number;
  /** The model that was trained and could not be stored; null when it was something else. */
  readonly unsaved: { readonly id: string; readonly name: string } | null;
}

/** What the page can do about it; travels in the details of the error. */
export interface StorageRemedies {
  /** Is in memory until the next run, and can be exported. */
  readonly unsaved?: { readonly id: string; readonly name: string };
  /** Checkpoints of other documents. */
  readonly others?: { readonly count: number; readonly bytes: number };
}

/** The error of a full storage, with what takes the room and what of it can go. */
export function storageFull(error: AppError, sizes: StoredSizes): AppError {
  const { checkpoints, planned, downloadedBytes, unsaved } = sizes;
  const own = checkpoints.filter(({ id }) => planned.has(id));
  const others = checkpoints.filter(({ id }) => !planned.has(id));
  const parts = [
    ...part(own, 'of this document'),
    ...part(others, 'of other documents'),
    ...(downloadedBytes > 0 ? [`downloaded models, ${formatBytes(downloadedBytes)}`] : []),
  ];
  const ways = [
    ...(others.length > 0 ? ['delete the checkpoints of other documents'] : []),
    ...(downloadedBytes > 0 ? ['forget downloaded models where the base is chosen'] : []),
    'free space on the disk',
  ];
  const details: StorageRemedies = {
    ...(unsaved !== null && { unsaved }),
    ...(others.length > 0 && { others: { count: others.length, bytes: total(others) } }),
  };
  const hint = [
    'Nothing half-written is kept, finished jobs are.',
    parts.length > 0 ? `Stored here: ${parts.join('; ')}.` : '',
    `To go on, ${ways.join(', or ')} and run again.`,
    unsaved === null ? '' : `"${unsaved.name}" is trained but not stored.`,
  ];
  return new AppError(error.code, error.message, {
    hint: hint.filter((sentence) => sentence !== '').join(' '),
    details: { ...details },
    cause: error,
  });
}

function part(checkpoints: StoredSizes['checkpoints'], whose: string): string[] {
  const { length } = checkpoints;
  if (length === 0) return [];
  const count = length === 1 ? '1 checkpoint' : `${String(length)} checkpoints`;
  return [`${count} ${whose}, ${formatBytes(total(checkpoints))}`];
}

function total(checkpoints: StoredSizes['checkpoints']): number {
  return checkpoints.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
