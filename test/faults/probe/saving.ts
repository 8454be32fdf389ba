import { toAppError } from '../../../src/core/errors.ts';
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

/** So many ids take turns: most saves replace an older model, and hundreds of kills fit on a disk. */
const IDS = 4;

/** What is stored under an id: the number of its model, or what is wrong with it. */
export type StoredModels = Readonly<Record<string, number | string>>;

/**
 * Saves models from a number on, and tells of each when it begins and once it is acknowledged.
 * @param acknowledged by the name of a function of the page
 * @param count null: until the browser is killed
 */
export async function saveModels(
  first: number,
  acknowledged: string,
  count: number | null,
): Promise<void> {
  const store = await CheckpointStore.open();
  const told = Reflect.get(globalThis, acknowledged) as (
    id: string,
    index: number,
    isWhole: boolean,
  ) => Promise<void>;
  for (let index = first; count === null || index < first + count; index++) {
    const id = `model-${String(index % IDS)}`;
    const info = { name: id, layout: LAYOUT, config: {}, createdAt: AT, meta: { index } };
    const arena = arenaOf(index);
    await told(id, index, false);
    await store.put(id, info, arena);
    await told(id, index, true);
  }
  store.close();
}

/** All that is stored, read as the product reads it, and held against what was written. */
export async function storedModels(): Promise<StoredModels> {
  const store = await CheckpointStore.open();
  const found: Record<string, number | string> = {};
  for (const { id, meta } of await store.list()) {
    const index = Number(meta['index']);
    try {
      const got = await store.get(id);
      const wanted = arenaOf(index);
      const isWhole = got?.arena.every((value, at) => value === wanted[at]) === true;
      found[id] = isWhole ? index : 'other values than were written';
    } catch (error) {
      found[id] = toAppError(error).message;
    }
  }
  store.close();
  return found;
}
