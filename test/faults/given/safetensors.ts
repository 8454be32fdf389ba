import { readSafetensors } from '../../../src/io/safetensors.ts';
import type { Given } from './refusals.ts';

export type Bytes = Uint8Array<ArrayBuffer>;

const SOUND = { a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } };

export const SOUND_HEADER = JSON.stringify(SOUND);

/** A file of a header's text or bytes and eight bytes of data; the length is the header's if not told. */
export function fileOf(header: string | Bytes, length?: bigint, dataBytes = 8): Bytes {
  const head = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + head.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(head.length), true);
  file.set(head, 8);
  return file;
}

/** A header with two tensors, the second of which is given. */
export function withTensor(b: unknown, name = 'b', dataBytes = 16): Bytes {
  return fileOf(JSON.stringify({ ...SOUND, [name]: b }), undefined, dataBytes);
}

/** Files that have to be refused: all of their tensors are read. */
export function safetensorsFiles(faulty: Readonly<Record<string, Bytes>>): Given<Bytes> {
  return {
    sound: fileOf(SOUND_HEADER),
    faulty,
    read: (bytes) => {
      const file = readSafetensors(bytes, 'model.safetensors');
      return [...file.tensors.keys()].map((name) => file.floats(name));
    },
  };
}
