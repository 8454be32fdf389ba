import { AppError } from '../core/errors.ts';
import { elementCount } from '../core/layout.ts';

export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * F32 tensors as a safetensors file: names sorted, data contiguous, header padded with spaces to
 * a multiple of 8, `__metadata__` {"format":"pt"} (Transformers asks for it). The same tensors
 * give the same bytes in whatever order they come.
 * @errors shape-mismatch when a shape and its data disagree, invalid-argument for a bad name
 */
export function writeSafetensors(
  tensors: Iterable<NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const header = new Map<string, unknown>([['__metadata__', { format: 'pt', ...metadata }]]);
  let dataBytes = 0;
  for (const { name, shape, data } of sorted) {
    if (name === '' || header.has(name)) {
      throw new AppError('invalid-argument', `A tensor name is empty or used twice: "${name}".`);
    }
    if (elementCount(shape) !== data.length) {
      throw new AppError(
        'shape-mismatch',
        `Tensor "${name}" has ${String(data.length)} values for shape [${shape.join(', ')}].`,
      );
    }
    const end = dataBytes + 4 * data.length;
    header.set(name, { dtype: 'F32', shape, data_offsets: [dataBytes, end] });
    dataBytes = end;
  }
  // Joined by hand: an object would lose a tensor called __proto__ and reorder one called 7.
  const fields = [...header].map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, 8, 8 + headerBytes);
  file.set(json, 8);
  let offset = 8 + headerBytes;
  for (const { data } of sorted) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}
