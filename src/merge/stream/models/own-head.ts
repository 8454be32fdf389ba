import type { StoredTensor } from '../../../io/import/tensor-reader.ts';
import { saysTied, type JsonObject } from '../../folder/language-config.ts';
import { inputRows, isHead } from '../tensor-names.ts';

const CHUNK_BYTES = 4 * 2 ** 20;

/** What a model has for a head. */
export interface HeadFacts {
  /** False where the head is the embedding, or there is none. */
  readonly hasOwnHead: boolean;
  /** True where config.json ties the two and the files hold both, with other values. */
  readonly isTiedInVain: boolean;
}

/**
 * Looks at a model's head. Programs save a tied head again, and then its bytes are the embedding's;
 * others are a head that would be lost, which has to be said.
 * @errors data-missing
 */
export async function headFacts(
  tensors: ReadonlyMap<string, StoredTensor>,
  config: JsonObject | null,
): Promise<HeadFacts> {
  const head = [...tensors.values()].find(({ name }) => isHead(name));
  const isTied = saysTied(config) === true;
  if (head === undefined || !isTied) return { hasOwnHead: head !== undefined, isTiedInVain: false };
  const embedding = tensors.get(inputRows(tensors.keys()) ?? '');
  const isTiedInVain = embedding === undefined || !(await isSame(head, embedding));
  return { hasOwnHead: false, isTiedInVain };
}

async function isSame(a: StoredTensor, b: StoredTensor): Promise<boolean> {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
  for (let start = 0; start < a.sizeBytes; start += CHUNK_BYTES) {
    const end = Math.min(start + CHUNK_BYTES, a.sizeBytes);
    const [left, right] = [await a.read(start, end), await b.read(start, end)];
    if (left.some((byte, index) => byte !== right[index])) return false;
  }
  return true;
}
