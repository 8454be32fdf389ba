import 'fake-indexeddb/auto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { layoutOf } from '../../src/core/layout.ts';
import { ArtefactStore } from '../../src/store/artefacts.ts';
import type { CheckpointInfo, CheckpointManifest } from '../../src/store/checkpoint-manifest.ts';
import { CheckpointStore } from '../../src/store/checkpoints.ts';
import { IdbStore } from '../../src/store/idb-store.ts';

/** Every kind of row of the page's store, each with every kind of damage. */

const layout = layoutOf([[{ name: 'w', shape: [10, 13] }], [{ name: 'b', shape: [5] }]]);
const AT = '2024-01-02T03:04:05.000Z';
const codes = { levels: 3, codes: new Uint16Array([1, 2, 3]) };

function infoOf(name: string): CheckpointInfo {
  const meta = { steps: 3, losses: [0.5, NaN, -0], choice: undefined };
  return { name, layout, config: { hidden_size: 13 }, createdAt: AT, meta };
}

function arenaOf(seed: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: layout.length }, (_, index) => Math.sin(seed + index));
}

let databases = 0;
async function filled() {
  const raw = await IdbStore.open(`damaged-rows-${String(++databases)}`);
  const [checkpoints, artefacts] = [new CheckpointStore(raw), new ArtefactStore(raw)];
  for (const id of ['hit', 'other']) {
    await checkpoints.put(id, infoOf(id), arenaOf(1));
    await artefacts.put(id, 'ids', codes, AT);
  }
  const row = async (key: string) => (await raw.getMany([key]))[0];
  const set = (key: string, value: unknown) => raw.write([], [[key, value]]);
  return { raw, checkpoints, artefacts, row, set };
}

type Filled = Awaited<ReturnType<typeof filled>>;

async function expectDamage({ checkpoints, artefacts }: Filled, row: string): Promise<void> {
  const isCheckpoint = row.startsWith('manifest') || row.startsWith('chunk');
  const get = () => (isCheckpoint ? checkpoints.get('hit') : artefacts.get('hit'));
  await expect(get()).rejects.toMatchObject({
    name: 'AppError',
    code: 'checkpoint-corrupt',
    message: expect.stringMatching(/is damaged: .+\.$/) as string,
    hint: expect.stringContaining('only this one is made again') as string,
    details: { id: 'hit' },
  });
}

/** The neighbours never were anything else, and what is made again is sound again. */
async function expectMendable({ checkpoints, artefacts }: Filled): Promise<void> {
  expect((await checkpoints.get('other'))?.arena).toEqual(arenaOf(1));
  expect((await artefacts.get('other'))?.value).toEqual(codes);
  expect((await checkpoints.list()).map(({ id }) => id)).toContain('other');
  expect((await artefacts.list()).map(({ id }) => id)).toContain('other');
  await checkpoints.put('hit', infoOf('hit'), arenaOf(2));
  await artefacts.put('hit', 'ids', codes, AT);
  expect((await checkpoints.get('hit'))?.arena).toEqual(arenaOf(2));
  expect((await artefacts.get('hit'))?.value).toEqual(codes);
}

const MANIFEST = 'manifest/hit/';
const CHUNK = 'chunk/hit/000000';
const HEAD = 'head/hit/';
const VALUE = 'value/hit/';

/** What may stand in the place of anything: wrong types and lengths that would be allocated. */
const INSTEAD: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['a text', 'text'],
  ['a number', 7],
  ['a huge number', 2 ** 40],
  ['a number beyond the exact ones', 2 ** 60],
  ['a negative number', -1],
  ['NaN', NaN],
  ['a list', [1]],
  ['an object', { length: 2 ** 40 }],
  ['bytes', new Uint8Array(3)],
];

afterEach(() => {
  vi.restoreAllMocks();
});

describe('in the place of a whole row', () => {
  const rows = [MANIFEST, CHUNK, HEAD, VALUE];
  test.each(rows.flatMap((row) => INSTEAD.map(([what, value]) => [row, what, value] as const)))(
    '%s: %s',
    async (row, _, value) => {
      const store = await filled();
      await store.set(row, value);
      await expectDamage(store, row);
      await expectMendable(store);
    },
  );

  test.each([CHUNK, VALUE])('%s: nothing', async (row) => {
    const store = await filled();
    await store.raw.write([row], []);
    await expectDamage(store, row);
    await expectMendable(store);
  });

  test.each([MANIFEST, HEAD])('%s: nothing counts as no result at all', async (row) => {
    const store = await filled();
    await store.raw.write([row], []);
    const { checkpoints, artefacts } = store;
    expect(await (row === MANIFEST ? checkpoints.get('hit') : artefacts.get('hit'))).toBeNull();
    await expectMendable(store);
  });

  test.each(rows)('%s: the row of a neighbour', async (row) => {
    const store = await filled();
    await store.artefacts.put('other', 'ids', { levels: 4 }, AT);
    await store.checkpoints.put('other', infoOf('other'), arenaOf(3));
    await store.set(row, await store.row(row.replace('hit', 'other')));
    await expectDamage(store, row);
  });

  test.each(rows)('%s: a value that cannot be read', async (row) => {
    const store = await filled();
    const get = Reflect.get(IDBObjectStore.prototype, 'get') as Reader;
    vi.spyOn(IDBObjectStore.prototype, 'get').mockImplementation(function (
      this: IDBObjectStore,
      key,
    ) {
      if (key === row) throw new DOMException('Failed to read large IndexedDB value', 'DataError');
      return get.call(this, key);
    });
    const getAll = Reflect.get(IDBObjectStore.prototype, 'getAll') as Reader;
    vi.spyOn(IDBObjectStore.prototype, 'getAll').mockImplementation(function (
      this: IDBObjectStore,
      range,
    ) {
      const isHit = range instanceof IDBKeyRange && range.includes(row);
      if (isHit) throw new DOMException('Failed to read large IndexedDB value', 'DataError');
      return getAll.call(this, range) as IDBRequest<unknown[]>;
    });
    await expectDamage(store, row);
    const { checkpoints, artefacts } = store;
    const left = [...(await checkpoints.list()), ...(await artefacts.list())].map(({ id }) => id);
    const isListed = row === MANIFEST || row === HEAD;
    expect(left.filter((id) => id === 'other')).toHaveLength(2);
    expect(left.filter((id) => id === 'hit')).toHaveLength(isListed ? 1 : 2);
    vi.restoreAllMocks();
    await expectMendable(store);
  });

  test('a database that answers nothing at all is no damage of one row', async () => {
    const store = await filled();
    store.raw.close();
    await expect(store.checkpoints.get('hit')).rejects.toMatchObject({
      code: 'storage-unavailable',
    });
  });
});

describe('in a field of a description', () => {
  const instead = INSTEAD.map(([, value]) => value);

  test('of a checkpoint: every field, down to each number of the layout and the parts', async () => {
    const store = await filled();
    const sound = (await store.row(MANIFEST)) as CheckpointManifest;
    const places = placesIn(sound);
    expect(places.map((place) => place.join('.'))).toEqual(
      expect.arrayContaining(['layout.length', 'chunks.0.bytes', 'meta.steps', 'sha256', 'id']),
    );
    expect(places.length).toBeGreaterThan(25);
    for (const place of places) {
      for (const value of [...instead, undefined]) {
        if (isSame(valueAt(sound, place), value)) continue;
        await store.set(MANIFEST, replaced(sound, place, value));
        await expectDamage(store, MANIFEST);
      }
    }
    await store.set(MANIFEST, { ...sound, extra: 1 });
    await expectDamage(store, MANIFEST);
    await expectMendable(store);
  });

  test('of an artefact: every field', async () => {
    const store = await filled();
    const sound = (await store.row(HEAD)) as Readonly<Record<string, unknown>>;
    expect(Object.keys(sound).sort()).toEqual(['createdAt', 'id', 'kind', 'schema', 'sha256']);
    for (const field of Object.keys(sound)) {
      for (const value of [...instead, undefined]) {
        await store.set(HEAD, { ...sound, [field]: value });
        await expectDamage(store, HEAD);
      }
    }
    await expectMendable(store);
  });
});

describe('what an older build stored', () => {
  test('without a hash of its description is read, and its form is looked at', async () => {
    const store = await filled();
    const sealed = (await store.row(MANIFEST)) as CheckpointManifest;
    const { sha256, ...open } = sealed;
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    const older = { ...open, schema: 'mmgrid-checkpoint/1' as const };
    await store.set(MANIFEST, older);
    const found = await store.checkpoints.get('hit');
    expect(found?.manifest.schema).toBe('mmgrid-checkpoint/1');
    expect(found?.arena).toEqual(arenaOf(1));
    // Only what sizes or names something can be seen without a hash.
    for (const place of [['layout', 'length'], ['chunks', '0', 'bytes'], ['sizeBytes'], ['id']]) {
      for (const value of [2 ** 40, -1, null, 'text']) {
        await store.set(MANIFEST, replaced(older, place, value));
        await expectDamage(store, MANIFEST);
      }
    }
    await store.set(MANIFEST, { ...older, layout: { ...layout, length: 2 ** 40 } });
    await expectDamage(store, MANIFEST);
    await store.set(MANIFEST, { schema: 'mmgrid-checkpoint/1' });
    await expectDamage(store, MANIFEST);
  });

  test('without the date in the hash is read', async () => {
    const store = await filled();
    // SHA-256 of ["hit","ids",{"levels":3}].
    const sha256 = '99ec2b8e2eb00de5da10239247277864695098ffbd47dc69d7fcf726c5766cf3';
    const head = { schema: 'mmgrid-artefact/1', id: 'hit', kind: 'ids', createdAt: AT, sha256 };
    await store.raw.write(
      [],
      [
        [HEAD, head],
        [VALUE, { levels: 3 }],
      ],
    );
    expect((await store.artefacts.get('hit'))?.value).toEqual({ levels: 3 });
    await store.set(HEAD, { ...head, kind: 'rows' });
    await expectDamage(store, HEAD);
  });

  test('a form that is not known here counts as none', async () => {
    const store = await filled();
    const sealed = (await store.row(MANIFEST)) as CheckpointManifest;
    await store.set(MANIFEST, { ...sealed, schema: 'mmgrid-checkpoint/9' });
    await expect(store.checkpoints.get('hit')).rejects.toThrow('mmgrid-checkpoint/9');
    await expectMendable(store);
  });
});

type Reader = (this: IDBObjectStore, query: unknown) => IDBRequest;

type Place = readonly string[];

/** Places of all values that are no objects of others, and of those that are. */
function placesIn(value: unknown, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  const inside = Object.entries(value).flatMap(([name, field]) => placesIn(field, [...at, name]));
  return at.length === 0 ? inside : [at, ...inside];
}

function valueAt(value: unknown, [first, ...rest]: Place): unknown {
  if (first === undefined) return value;
  return valueAt((value as Record<string, unknown>)[first], rest);
}

function replaced(value: unknown, [first, ...rest]: Place, by: unknown): unknown {
  if (first === undefined) return by;
  const own = (value as Record<string, unknown>)[first];
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) =>
      String(index) === first ? replaced(item, rest, by) : item,
    );
  }
  return { ...(value as object), [first]: replaced(own, rest, by) };
}

/** JSON tells no field that is undefined from one that is absent: neither does the hash. */
function isSame(a: unknown, b: unknown): boolean {
  return Object.is(a, b) || (a === undefined && b === undefined);
}
