import { PIECE_LENGTH, type ArenaSource } from '../core/arena-source.ts';
import { AppError } from '../core/errors.ts';
import { elementCount, type ParameterLayout } from '../core/layout.ts';

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
  const sorted = byName(tensors);
  for (const { name, shape, data } of sorted) {
    if (elementCount(shape) !== data.length) {
      throw new AppError(
        'shape-mismatch',
        `Tensor "${name}" has ${String(data.length)} values for shape [${shape.join(', ')}].`,
      );
    }
  }
  const header = headerOf(sorted, metadata);
  const dataBytes = sorted.reduce((sum, { data }) => sum + data.byteLength, 0);
  const file = new Uint8Array(header.length + dataBytes);
  file.set(header);
  let offset = header.length;
  for (const { data } of sorted) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

/**
 * The bytes of the same file one after the other, of an arena that may have to be read: a piece of
 * it is in memory at a time.
 * @errors as writeSafetensors and the arena's reads
 */
export async function* safetensorsPieces(
  layout: ParameterLayout,
  arena: ArenaSource,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const sorted = byName(layout.entries);
  yield headerOf(sorted, {});
  for (const { offset, size } of sorted) {
    for (let start = 0; start < size; start += PIECE_LENGTH) {
      const values = new Float32Array(Math.min(PIECE_LENGTH, size - start));
      await arena.read(offset + start, values);
      yield new Uint8Array(values.buffer);
    }
  }
}

function byName<Tensor extends { readonly name: string }>(tensors: Iterable<Tensor>): Tensor[] {
  return [...tensors].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Length and text of the header, padded with spaces. */
function headerOf(
  sorted: readonly Pick<NamedTensor, 'name' | 'shape'>[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const header = new Map<string, unknown>([['__metadata__', { format: 'pt', ...metadata }]]);
  let start = 0;
  for (const { name, shape } of sorted) {
    if (name === '' || header.has(name)) {
      throw new AppError('invalid-argument', `A tensor name is empty or used twice: "${name}".`);
    }
    const end = start + 4 * elementCount(shape);
    header.set(name, { dtype: 'F32', shape, data_offsets: [start, end] });
    start = end;
  }
  // Joined by hand: an object would lose a tensor called __proto__ and reorder one called 7.
  const fields = [...header].map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20, 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}
