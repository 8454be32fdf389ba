import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { toAppError } from '../../../src/core/errors.ts';
import { experimentFrom } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { makePack, type PackParts } from '../../../src/lab/pack/make-pack.ts';
import { PACK_METHODS } from '../../../src/lab/pack/pack-methods.ts';
import { readPack, type Pack } from '../../../src/lab/pack/pack-schema.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import type { ResultRow } from '../../../src/lab/results/results.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import { errorOf } from '../../support/error-of.ts';
import { tinyWith } from '../document/documents.ts';

/** Its merges are points of the pack's curves, and are measured as every run measures them. */
const DOCUMENT = tinyWith({
  'base: { epochs: 1 }': 'base: { source: none }\nsemanticId: { form: compact }',
  'name: average, over: domains, method: simple_average':
    'name: a quarter, over: domains, method: linear, parameters: { weight: [0.75, 0.25] }',
  'name: ties, over: domains, method: ties, base: pretrain-mean':
    'name: trimmed, over: domains, method: ties, base: pretrain-mean, restore: nothing, ' +
    'parameters: { weight: [0.75, 0.25], density: 0.2 }',
  'evaluation: { beam: 20, maxUsers: 8': 'evaluation: { beam: 20, maxUsers: 40, maskHistory: true',
});
const SIZE = {
  shares: [0, 0.25, 1],
  customers: 2,
  methods: PACK_METHODS.filter(({ id }) => id === 'average' || id === 'trimmed'),
};

let executor: Executor;
let pack: Pack;
let rows: readonly ResultRow[];

beforeAll(async () => {
  executor = await openWasm();
  const experiment = experimentFrom(DOCUMENT);
  const dataset = await datasetOf(experiment, null);
  const plan = await planExperiment(experiment, dataset.digest);
  const [checkpoints, artefacts] = [new MemoryStore(), new MemoryStore()];
  const store = new StoredResults(
    new CheckpointStore(checkpoints),
    new ArtefactStore(artefacts),
    () => 0,
  );
  const { signal } = new AbortController();
  const options = { experiment, dataset, executor, store, signal, now: () => 0 };
  ({ rows } = await runPlan(plan, { ...options, emit: () => undefined }));
  const parts: PackParts = { ...options, plan, document: DOCUMENT };
  pack = await makePack(parts, SIZE);
});
afterAll(() => {
  executor.destroy();
});

function row(model: string, domain: string): { recall: number; error: number } {
  const found = rows.find(
    (one) =>
      one.model === model &&
      one.evalDomain === domain &&
      one.split === 'test' &&
      one.metric === 'recall' &&
      one.k === 10,
  );
  if (found === undefined) throw new Error(`No Recall@10 of "${model}" on ${domain}.`);
  return { recall: found.value, error: found.standardError };
}

function pointsOf(method: string, ownCodes: boolean) {
  const curve = pack.curves.find((one) => one.method === method && one.ownCodes === ownCodes);
  return (curve?.shops ?? []).map(({ points }) => points);
}

describe('a pack', () => {
  it.each(['Games', 'Books'])('has the numbers that the run has of %s', (domain) => {
    const at = pack.shops.findIndex(({ name }) => name === domain);
    const shop = pack.shops[at];
    expect(shop?.users).toBeGreaterThan(10);
    const near = ({ recall, error }: { recall: number; error: number }) => ({
      recall: expect.closeTo(recall, 2) as number,
      error: expect.closeTo(error, 2) as number,
    });
    expect(shop?.parents[at]).toEqual(near(row(`${domain}/phase2`, domain)));
    expect(shop?.counting).toEqual(near(row('co-occurrence', domain)));
    expect(pointsOf('average', true)[at]?.[1]).toMatchObject(near(row('a quarter', domain)));
    expect(pointsOf('trimmed', false)[at]?.[1]).toMatchObject(near(row('trimmed', domain)));
  });

  it('begins and ends with the models themselves', () => {
    const [games, books] = pointsOf('average', true);
    expect(games?.[0]).toMatchObject({ ...pack.shops[0]?.parents[0], change: 0, changeError: 0 });
    expect(books?.[2]).toMatchObject({ ...pack.shops[1]?.parents[1], change: 0, changeError: 0 });
    const [gamesMixed, booksMixed] = pointsOf('average', false);
    expect(gamesMixed?.[2]).toMatchObject(pack.shops[0]?.parents[1] ?? {});
    expect(booksMixed?.[0]).toMatchObject(pack.shops[1]?.parents[0] ?? {});
    // And they are not the same.
    expect(gamesMixed?.[2]).not.toEqual(gamesMixed?.[0]);
  });

  it('has the lists of the models at the ends, masked and in the order of their chances', () => {
    pack.shops.forEach(({ customers }, at) => {
      const lists = pack.curves.find((one) => one.method === 'average' && !one.ownCodes)?.shops[at]
        ?.lists;
      customers.forEach(({ history, parents }, index) => {
        expect(lists?.[index]?.[0]).toEqual(parents[0]);
        expect(lists?.[index]?.[2]).toEqual(parents[1]);
        for (const { items, chances } of parents) {
          expect(items).toHaveLength(5);
          expect(items.filter((item) => history.includes(item))).toEqual([]);
          expect(chances).toEqual([...chances].sort((a, b) => b - a));
          expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeLessThanOrEqual(1);
        }
      });
    });
  });
});

describe('a pack that is read', () => {
  const faultsOf = async (change: (pack: Pack) => unknown) => {
    const error = toAppError(await errorOf(() => readPack(change(structuredClone(pack)))));
    const { code, message, hint, faults } = error;
    return { code, message, hint, places: faults.map(({ place }) => place) };
  };

  it('comes back as it was written', () => {
    expect(readPack(JSON.parse(JSON.stringify(pack)))).toEqual(pack);
  });

  it('is refused with a sentence when another engine made it, whatever its form', async () => {
    const { code, message, hint } = await faultsOf(() => ({ engine: '0.1' }));
    expect(code).toBe('version-mismatch');
    expect(message).toMatch(/^The prebaked results are of engine 0\.1; this page has [\d.]+\.$/);
    expect(hint).toMatch(/Train it here/);
  });

  it('is refused with all faults of its form', async () => {
    const { code, places } = await faultsOf((whole) => ({
      ...whole,
      seed: -1,
      shops: whole.shops.map((shop) => ({ ...shop, users: NaN })),
    }));
    expect(code).toBe('data-invalid');
    expect(places).toEqual(['seed', 'shops.0.users', 'shops.1.users']);
    expect((await faultsOf(() => null)).code).toBe('data-invalid');
  });

  it('is refused when a curve has holes or names items that are not there', async () => {
    const { places } = await faultsOf((whole) => {
      whole.curves[0]?.shops[1]?.points.pop();
      whole.curves[1]?.shops[0]?.lists[0]?.[0]?.items.splice(0, 1, 9999);
      whole.shops[0]?.customers[1]?.history.push(9999);
      return whole;
    });
    expect(places).toEqual(['shops.0.customers.1', 'curves.0.shops.1', 'curves.1.shops.0']);
  });
});
