import { AppError } from '../../core/errors.ts';
import { elementCount } from '../../core/layout.ts';
import { decodeFloats, isReadable } from '../safetensors-decode.ts';
import { parseSafetensorsHeader, safetensorsDataStart } from '../safetensors-header.ts';
import type { SafetensorsEntry } from '../safetensors-header.ts';
import type { ByteSource } from './byte-source.ts';
import type { WeightFile } from './model-folder.ts';

/** Bytes of a tensor in memory at a time besides the target; a multiple of every type's size. */
const CHUNK_BYTES = 4 * 2 ** 20;

/** The tensors of all weight files of a checkpoint; only headers have been read. */
export interface WeightReader {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Bytes of all tensors in the files. */
  readonly bytes: number;
  /** Of their elements, as the files name them: `BF16`. Sorted. */
  readonly types: readonly string[];
  /** Bytes of one tensor. */
  bytesOf(name: string): number;
  /**
   * Decodes a tensor into `target`, piece by piece; F16 and BF16 are widened exactly.
   * @errors safetensors-invalid for a type that is no float32, float16 or bfloat16, non-finite for
   *   NaN or infinity, data-missing when the file changed, aborted
   */
  readInto(name: string, target: Float32Array, signal?: AbortSignal): Promise<void>;
}

interface Located {
  readonly source: ByteSource;
  readonly dataStart: number;
  readonly entry: SafetensorsEntry;
}

/**
 * Reads and checks the headers of the weight files.
 * @errors safetensors-invalid for a damaged or truncated file, an unsupported type, a tensor in two
 *   files, or an index that disagrees with its shards
 */
export async function openWeights(files: readonly WeightFile[]): Promise<WeightReader> {
  const located = new Map<string, Located>();
  for (const { source, tensors } of files) {
    const dataStart = safetensorsDataStart(
      await source.read(0, Math.min(8, source.size)),
      source.path,
      source.size,
    );
    const header = parseSafetensorsHeader(
      await source.read(0, dataStart),
      source.path,
      source.size,
    );
    const absent = [...(tensors ?? [])].find((name) => !header.tensors.has(name));
    if (absent !== undefined) throw fault(source, absent, 'is in the index, but not in the file');
    for (const [name, entry] of header.tensors) {
      if (tensors?.has(name) === false) throw fault(source, name, 'is not in the index');
      if (located.has(name)) throw fault(source, name, 'is in two files');
      if (!isReadable(entry.dtype)) {
        throw fault(source, name, `has the type ${entry.dtype}; F32, F16 and BF16 are read`);
      }
      located.set(name, { source, dataStart, entry });
    }
  }
  const find = (name: string): Located => {
    const found = located.get(name);
    if (found !== undefined) return found;
    throw new AppError('safetensors-invalid', `The checkpoint has no tensor "${name}".`);
  };
  const sizes = [...located.values()].map(({ entry }) => entry.end - entry.start);
  return {
    shapes: new Map([...located].map(([name, { entry }]) => [name, entry.shape])),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    types: [...new Set([...located.values()].map(({ entry }) => entry.dtype))].sort(),
    bytesOf(name) {
      const { entry } = find(name);
      return entry.end - entry.start;
    },
    async readInto(name, target, signal) {
      const tensor = find(name);
      if (elementCount(tensor.entry.shape) !== target.length) {
        throw new AppError('shape-mismatch', `"${name}" does not fit ${String(target.length)}.`);
      }
      await copyTensor(tensor, target, signal);
    },
  };
}

async function copyTensor(tensor: Located, target: Float32Array, signal?: AbortSignal) {
  const { source, dataStart, entry } = tensor;
  if (!isReadable(entry.dtype)) return;
  const width = entry.dtype === 'F32' ? 4 : 2;
  for (let start = entry.start; start < entry.end; start += CHUNK_BYTES) {
    signal?.throwIfAborted();
    const end = Math.min(entry.end, start + CHUNK_BYTES);
    const bytes = await source.read(dataStart + start, dataStart + end);
    const values = decodeFloats(bytes, entry.dtype, (end - start) / width);
    const first = (start - entry.start) / width;
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      const what = `has ${String(values[bad])} at element ${String(first + bad)}`;
      throw new AppError('non-finite', `${source.path}: tensor "${entry.name}" ${what}.`, {
        hint: 'This checkpoint was damaged in training or in conversion. Nothing was loaded.',
        faults: [{ place: `tensor "${entry.name}"`, message: what }],
      });
    }
    target.set(values, first);
  }
}

function fault(source: ByteSource, name: string, what: string): AppError {
  const place = `${source.path}: tensor "${name}"`;
  return new AppError('safetensors-invalid', `${place} ${what}.`, {
    hint: 'Nothing was loaded. Take all files of the checkpoint from one place.',
    faults: [{ place, message: what }],
  });
}
