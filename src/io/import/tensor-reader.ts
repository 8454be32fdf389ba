import { AppError } from '../../core/errors.ts';
import { parseSafetensorsHeader, safetensorsDataStart } from '../safetensors-header.ts';
import type { SafetensorsEntry } from '../safetensors-header.ts';
import type { ByteSource } from '../byte-source.ts';
import { KIND_BYTES, refuseOtherKind } from '../file-kind.ts';
import type { WeightFile } from './model-folder.ts';

/** A tensor of a checkpoint, whatever its type, and where its bytes lie. */
export interface StoredTensor {
  readonly name: string;
  /** As safetensors calls it: F32, BF16, I64 … */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sizeBytes: number;
  /** For messages. */
  readonly path: string;
  /** The file that it lies in, and the byte there that it begins with. */
  readonly source: ByteSource;
  readonly start: number;
  /**
   * Bytes [start, end) of the tensor.
   * @errors data-missing when the file changed
   */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * The tensors of all weight files of a checkpoint; only headers are read.
 * @errors data-invalid for a file that is plainly something else, safetensors-invalid for a damaged
 *   or truncated one, a tensor in two files, or an index that disagrees with its shards
 */
export async function openTensors(
  files: readonly WeightFile[],
): Promise<ReadonlyMap<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>();
  for (const { source, tensors: named } of files) {
    const beginning = await source.read(0, Math.min(KIND_BYTES, source.size));
    refuseOtherKind(source.path, beginning);
    const dataStart = safetensorsDataStart(beginning, source.path, source.size);
    const header = parseSafetensorsHeader(
      await source.read(0, dataStart),
      source.path,
      source.size,
    );
    const absent = [...(named ?? [])].find((name) => !header.tensors.has(name));
    if (absent !== undefined) {
      throw tensorFault(source.path, absent, 'is in the index, but not in the file');
    }
    for (const [name, entry] of header.tensors) {
      if (named?.has(name) === false) throw tensorFault(source.path, name, 'is not in the index');
      if (tensors.has(name)) throw tensorFault(source.path, name, 'is in two files');
      tensors.set(name, storedTensor(source, dataStart, entry));
    }
  }
  return tensors;
}

function storedTensor(
  source: ByteSource,
  dataStart: number,
  { name, dtype, shape, start: first, end: last }: SafetensorsEntry,
): StoredTensor {
  const at = dataStart + first;
  const read = (start: number, end: number) => source.read(at + start, at + end);
  const sizeBytes = last - first;
  return { name, dtype, shape, sizeBytes, path: source.path, source, start: at, read };
}

/** The error of a tensor that cannot be taken. */
export function tensorFault(path: string, name: string, what: string): AppError {
  const place = `${path}: tensor "${name}"`;
  return new AppError('safetensors-invalid', `${place} ${what}.`, {
    hint: 'Nothing was loaded. Take all files of the checkpoint from one place.',
    faults: [{ place, message: what }],
  });
}
