import { AppError } from '../core/errors.ts';
import { elementCount } from '../core/layout.ts';
import { decodeFloats, isReadable } from './safetensors-decode.ts';
import { parseSafetensorsHeader } from './safetensors-header.ts';
import type { SafetensorsEntry } from './safetensors-header.ts';

/** A checked safetensors file; values are decoded only when asked for. */
export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Names of tensors whose type is known but cannot be read as f32 (integers, F64, F8 …). */
  readonly unsupported: readonly string[];
  /**
   * The values of one tensor as f32, row-major; F16 and BF16 are widened exactly.
   * @errors safetensors-invalid when there is no such tensor or its type is unsupported
   */
  floats(name: string): Float32Array<ArrayBuffer>;
}

/**
 * Reads a safetensors file that is already in memory, trusting nothing in it: header size, every
 * offset, shape × type, names and metadata are checked before anything is decoded.
 * @errors safetensors-invalid naming the file and the tensor
 */
export function readSafetensors(bytes: Uint8Array<ArrayBuffer>, fileName: string): SafetensorsFile {
  const { tensors, metadata, dataStart } = parseSafetensorsHeader(bytes, fileName);
  const unsupported = [...tensors.values()]
    .filter(({ dtype }) => !isReadable(dtype))
    .map(({ name }) => name);
  return {
    tensors,
    metadata,
    unsupported,
    floats(name) {
      const entry = tensors.get(name);
      if (entry === undefined || !isReadable(entry.dtype)) {
        const reason = entry === undefined ? 'is not in the file' : `has the type ${entry.dtype}`;
        throw new AppError('safetensors-invalid', `${fileName}: tensor "${name}" ${reason}.`, {
          hint: 'Weights must be F32, F16 or BF16 and carry the names of the model.',
          faults: [{ place: `${fileName}: tensor "${name}"`, message: reason }],
        });
      }
      const data = bytes.subarray(dataStart + entry.start, dataStart + entry.end);
      return decodeFloats(data, entry.dtype, elementCount(entry.shape));
    },
  };
}
