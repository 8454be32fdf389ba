import { toAppError } from '../../../src/core/errors.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';

const AT = '2026-01-01T00:00:00Z';
/** Two parts: one would be written whole or not at all whatever the store does. */
const LENGTH = 5 * 2 ** 20;
const LAYOUT = layoutOf([[{ name: 'w', shape: [LENGTH] }]]);

/** Values of a model by its number; half are random, so that no browser makes them small. */
function arenaOf(index: number): Float32Array<ArrayBuffer> {
  const random = new RandomStream(index, 'killed models');
  const arena = new Float32Array(LENGTH).fill(index + 1);
  const words = new Float32Array(4096);
  for (let i = 0; i < words.length; i++) words[i] = random.nextUniform();
  for (let at = 0; at < LENGTH; at += 2 * words.length) arena.set(words, at);
  return arena;
}

const bytesOf = (arena: Float32Array<ArrayBuffer>) => new Uint8Array(arena.buffer);

/** The newest few: old ones go, so that hundreds of kills fit on a disk. */
const KEPT = 4;

/**
 * Saves models from `first` on until the browser is killed, and tells of each once it is acknowledged.
 * @param acknowledged by the name of a function of the page
 */
export async function saveForEver(first: number, acknowledged: string): Promise<void> {
  const store = await CheckpointStore.open();
  const told = Reflect.get(globalThis, acknowledged) as (index: number, hash: string) => void;
  for (let index = first; ; index++) {
    const arena = arenaOf(index);
    const id = `model-${String(index)}`;
    const info = { name: id, layout: LAYOUT, config: {}, createdAt: AT, meta: { steps: index } };
    await store.put(id, info, arena);
    told(index, await sha256Hex(bytesOf(arena)));
    if (index >= KEPT) await store.delete(`model-${String(index - KEPT)}`);
  }
}

/** What is stored, read as the product reads it: SHA-256 of the weights, or what is wrong. */
export async function storedModels(): Promise<Readonly<Record<string, string>>> {
  const store = await CheckpointStore.open();
  const found: Record<string, string> = {};
  for (const { id } of await store.list()) {
    try {
      const got = await store.get(id);
      found[id] = got === null ? 'missing' : await sha256Hex(bytesOf(got.arena));
    } catch (error) {
      found[id] = toAppError(error).message;
    }
  }
  store.close();
  return found;
}
