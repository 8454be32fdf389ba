import { firstNonFinite } from '../../core/arena-source.ts';
import { AppError } from '../../core/errors.ts';
import { elementCount } from '../../core/layout.ts';
import { decodeInto, isReadable } from '../safetensors-decode.ts';
import type { WeightFile } from './model-folder.ts';
import { packedWeights, quantisationOf } from './quantisation.ts';
import { openTensors, tensorFault, type StoredTensor } from './tensor-reader.ts';

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
  readInto(name: string, target: Float32Array<ArrayBuffer>, signal?: AbortSignal): Promise<void>;
  /**
   * The same of the elements of a tensor from `start` on.
   * @errors as readInto
   */
  readRange(name: string, start: number, target: Float32Array<ArrayBuffer>): Promise<void>;
}

/**
 * Reads and checks the headers of the weight files.
 * @errors data-invalid for quantised weights, safetensors-invalid
 *   for a damaged or truncated file, an unsupported type, a tensor in two files, or an index that
 *   disagrees with its shards
 */
export async function openWeights(files: readonly WeightFile[]): Promise<WeightReader> {
  const tensors = await openTensors(files);
  const scheme = quantisationOf(null, tensors);
  if (scheme !== null) throw packedWeights(files[0]?.source.path ?? '', scheme);
  for (const { path, name, dtype } of tensors.values()) {
    if (isReadable(dtype)) continue;
    throw tensorFault(path, name, `has the type ${dtype}; F32, F16 and BF16 are read`);
  }
  const find = (name: string): StoredTensor => {
    const found = tensors.get(name);
    if (found !== undefined) return found;
    throw new AppError('safetensors-invalid', `The checkpoint has no tensor "${name}".`);
  };
  const sizes = [...tensors.values()].map(({ sizeBytes }) => sizeBytes);
  return {
    shapes: new Map([...tensors].map(([name, { shape }]) => [name, shape])),
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    types: [...new Set([...tensors.values()].map(({ dtype }) => dtype))].sort(),
    bytesOf: (name) => find(name).sizeBytes,
    async readInto(name, target, signal) {
      const tensor = find(name);
      if (elementCount(tensor.shape) !== target.length) {
        throw new AppError('shape-mismatch', `"${name}" does not fit ${String(target.length)}.`);
      }
      await copyValues(tensor, 0, target, signal);
    },
    readRange: (name, start, target) => copyValues(find(name), start, target),
  };
}

async function copyValues(
  tensor: StoredTensor,
  first: number,
  target: Float32Array<ArrayBuffer>,
  signal?: AbortSignal,
): Promise<void> {
  const { path, name, dtype } = tensor;
  if (!isReadable(dtype)) return;
  const width = dtype === 'F32' ? 4 : 2;
  const step = CHUNK_BYTES / width;
  for (let start = 0; start < target.length; start += step) {
    signal?.throwIfAborted();
    const values = target.subarray(start, start + step);
    const from = first + start;
    decodeInto(await tensor.read(from * width, (from + values.length) * width), dtype, values);
    const bad = firstNonFinite(values);
    if (bad === null) continue;
    const what = `has ${String(bad.value)} at element ${String(from + bad.index)}`;
    throw new AppError('non-finite', `${path}: tensor "${name}" ${what}.`, {
      hint: 'This checkpoint was damaged in training or in conversion. Nothing was loaded.',
      faults: [{ place: `tensor "${name}"`, message: what }],
    });
  }
}
