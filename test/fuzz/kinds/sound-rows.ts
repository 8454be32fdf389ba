import { layoutOf } from '../../../src/core/layout.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import type { KeyValueStore } from '../../../src/store/key-value.ts';
import { SnapshotStore } from '../../../src/store/snapshots.ts';
import { promise } from '../fuzz-kind.ts';
import { isDeepStrictEqual } from 'node:util';

/** A stored result of every kind, under the id `hit`; always the same bytes. */

const LAYOUT = layoutOf([[{ name: 'w', shape: [3, 5] }], [{ name: 'b', shape: [5] }]]);
const AT = '2024-01-02T03:04:05.000Z';
const ARENA = Float32Array.from({ length: LAYOUT.length }, (_, at) => ((at * 7) % 16) / 16 - 0.3);
const ARTEFACT = {
  levels: 3,
  codes: new Uint16Array([1, 2, 3]),
  rows: [{ score: 0.5, name: 'a' }],
};
const FACTS = { step: 12, losses: [0.5, 0.25], choice: 'last' };
const MOMENTS = Float64Array.from({ length: 6 }, (_, at) => at / 4);

/** Keys of the rows that `fillStore` writes. */
export const KEYS = [
  'manifest/hit/',
  'chunk/hit/000000',
  'head/ids/',
  'value/ids/',
  'snapshot/run~0/',
  'part/run~0/000000',
  'part/run~0/000001',
] as const;

export async function fillStore(store: KeyValueStore): Promise<void> {
  const info = { name: 'hit', layout: LAYOUT, config: { hidden_size: 5 }, createdAt: AT };
  await new CheckpointStore(store).put('hit', { ...info, meta: { steps: 3, loss: NaN } }, ARENA);
  await new ArtefactStore(store).put('ids', 'semantic-ids', ARTEFACT, AT);
  await new SnapshotStore(store).put('run', FACTS, [
    { name: 'weights', read: () => ARENA },
    { name: 'moments', read: () => MOMENTS },
  ]);
}

/**
 * Reads all three as a run does. What is accepted has to be what was stored, unless its seals were
 * made anew: then it has to be whole.
 * @throws the first error, which has to be `checkpoint-corrupt`
 */
export async function readStore(store: KeyValueStore, isResealed: boolean): Promise<void> {
  const [checkpoints, artefacts, snapshots] = [
    new CheckpointStore(store),
    new ArtefactStore(store),
    new SnapshotStore(store),
  ];
  const errors: unknown[] = [];
  const attempt = async (read: () => Promise<void>): Promise<void> => {
    await read().catch((error: unknown) => errors.push(error));
  };
  await attempt(async () => {
    const found = await checkpoints.get('hit');
    if (found === null) return;
    const { layout } = found.manifest;
    promise(found.arena.length === layout.length, 'weights of another length');
    promise(
      layout.entries.every(({ offset, size }) => offset + size <= layout.length),
      'a tensor lies outside the weights',
    );
    promise(isResealed || isDeepStrictEqual(found.arena, ARENA), 'other weights than were stored');
    promise(isResealed || isDeepStrictEqual(layout, LAYOUT), 'another layout than was stored');
  });
  await attempt(async () => {
    const value = (await artefacts.get('ids'))?.value;
    promise(
      isResealed || value === undefined || isDeepStrictEqual(value, ARTEFACT),
      'another artefact than was stored',
    );
  });
  await attempt(async () => {
    const found = await snapshots.get('run');
    if (found === null) return;
    promise(isResealed || isDeepStrictEqual(found.facts, FACTS), 'other facts than were stored');
    for (const [name, own] of [
      ['weights', ARENA],
      ['moments', MOMENTS],
    ] as const) {
      const values = await found.values(name);
      promise(isResealed || isDeepStrictEqual(values, own), 'other values than were stored');
    }
  });
  await attempt(async () => {
    await checkpoints.list();
    await artefacts.list();
    await snapshots.list();
    await Promise.all([checkpoints.has('hit'), artefacts.has('ids'), snapshots.has('run')]);
  });
  if (errors.length > 0) throw errors.find((error) => !isDamage(error)) ?? errors[0];
}

function isDamage(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 'checkpoint-corrupt';
}
