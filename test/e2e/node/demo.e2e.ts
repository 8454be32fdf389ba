import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { packedWeights, readModels } from '../../../src/lab/pack/pack-models.ts';
import { readPack } from '../../../src/lab/pack/pack-schema.ts';
import type { DifferenceRow } from '../../../src/lab/results/differences.ts';
import type { ResultRow } from '../../../src/lab/results/results.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { openFileStore } from '../../../src/store/files/open-file-store.ts';
import { documentText } from '../../lab/document/documents.ts';
import { runHeadless, type Ended } from '../run-headless.ts';

const DOMAINS = ['Games', 'Books'];
const STAGES = ['pretrain', 'phase1', 'phase2'];
const PACK = new URL('../../../src/lab/pack/demo-pack.json', import.meta.url);
const MODELS = new URL('../../../src/lab/pack/demo-models.bin', import.meta.url);
const ORACLE = 'oracle (generator, taste inferred)';

/** Percent of Recall that rounded weights may move: three users of a thousand, not four. */
const FEW_USERS = 0.3 + 1e-9;

/** `DEMO_SEEDS=1,2,3`: the claims with intervals over three seeds; else what a visitor sees. */
const SEEDS = (process.env['DEMO_SEEDS'] ?? '').split(',').filter(Boolean).map(Number);

interface Results {
  readonly rows: readonly ResultRow[];
  readonly differences: readonly DifferenceRow[];
}

let out = '';
let ended: Ended;
let results: Results = { rows: [], differences: [] };

beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), 'mmgrid-demo-'));
  // Two threads would wait for each other while other stages have the cores; the bits are the same.
  ended = await runHeadless([...documentWords(), '--out', out, '--threads', '1']);
  results = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as Results;
}, 1_800_000);
afterAll(() => {
  rmSync(out, { recursive: true, force: true });
});

/** No file: the demo that is embedded in the page. */
function documentWords(): string[] {
  if (SEEDS.length === 0) return [];
  const document = parseDocument(documentText('demo'));
  document.set('seeds', SEEDS);
  const path = join(out, 'demo-seeds.yaml');
  writeFileSync(path, document.toString());
  return [path];
}

/** Recall@10 on the test, the mean over seeds. */
function recall(model: string, domain: string): number {
  const values = results.rows
    .filter(
      (row) =>
        row.model === model &&
        row.evalDomain === domain &&
        row.split === 'test' &&
        row.metric === 'recall' &&
        row.k === 10,
    )
    .map(({ value }) => value);
  if (values.length === 0) throw new Error(`No Recall@10 of "${model}" on ${domain}.`);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Model − the own phase2 cell, paired by user: of the mean over seeds where there are several. */
function difference(model: string, domain: string): DifferenceRow {
  const found = results.differences.filter(
    (row) =>
      row.model === model &&
      row.evalDomain === domain &&
      row.split === 'test' &&
      row.metric === 'recall' &&
      row.k === 10,
  );
  const row = found.find(({ seed }) => seed === null) ?? found[0];
  if (row === undefined) throw new Error(`"${model}" on ${domain} is not compared.`);
  return row;
}

/**
 * How far weights may be from those of the pack. These are rounded to 16 bits, as ours are before they are
 * compared; kernels that fuse what the pack's did in two steps move one weight in a hundred to the
 * next of these, for which 2 · 10⁻⁵ was measured.
 */
const FLAVOURS_APART = 1e-4;

/** Length of the difference, in lengths of the first. */
function relativeDistance(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  const norm = (values: readonly number[]) =>
    Math.sqrt(values.reduce((sum, one) => sum + one ** 2, 0));
  const own = Array.from(a);
  return norm(own.map((value, at) => value - (b[at] ?? NaN))) / norm(own);
}

/** The claims of the first screen. */
describe('the demo', () => {
  it('trains six cells and a base, merges and ends with 0', () => {
    expect(ended.code).toBe(0);
    const cells = new Set(
      results.rows.filter(({ kind }) => kind === 'cell').map(({ model }) => model),
    );
    expect(cells).toEqual(new Set(DOMAINS.flatMap((d) => STAGES.map((stage) => `${d}/${stage}`))));
    const merges = results.rows.filter(({ kind }) => kind === 'merge').map(({ model }) => model);
    expect(new Set(merges).size).toBeGreaterThanOrEqual(3);
  });

  it.each(DOMAINS)('its cell of %s beats every baseline, and the oracle beats it', (domain) => {
    const popular = ['most popular', 'most popular (phase2)', 'popularity-recency'];
    const names = [...popular, 'co-occurrence'];
    for (const name of names) expect(difference(name, domain).high, name).toBeLessThan(0);
    expect(difference(ORACLE, domain).low).toBeGreaterThan(0);
  });

  it.each(DOMAINS)('shows on %s that the other shop’s whole model fails', (domain) => {
    const other = domain === 'Games' ? 'Books' : 'Games';
    expect(recall(`${other}/phase2`, domain)).toBeLessThan(
      0.3 * recall(`${domain}/phase2`, domain),
    );
  });

  it.each(DOMAINS)('shows what a merge needs on %s: one body, and the own tables', (domain) => {
    const own = recall(`${domain}/phase2`, domain);
    expect(recall('everything averaged', domain)).toBeLessThan(0.9 * own);
    expect(recall('bodies averaged', domain)).toBeGreaterThan(0.93 * own);
    expect(recall('own codes alone', domain)).toBeLessThan(recall('bodies averaged', domain));
  });

  it.runIf(SEEDS.length === 0).each(DOMAINS)(
    'has of %s the numbers of the page’s start',
    (domain) => {
      const pack = readPack(JSON.parse(readFileSync(PACK, 'utf8')));
      const at = pack.shops.findIndex(({ name }) => name === domain);
      const average = (ownCodes: boolean, share: number) =>
        pack.curves.find((curve) => curve.method === 'average' && curve.ownCodes === ownCodes)
          ?.shops[at]?.points[pack.shares.indexOf(share)]?.recall;
      const told = {
        [`${domain}/phase2`]: pack.shops[at]?.parents[at]?.recall,
        'co-occurrence': pack.shops[at]?.counting.recall,
        'bodies averaged': average(true, 0.5),
        'everything averaged': average(false, 0.5),
        'body 0.75 Games': average(true, 0.25),
        'body 0.25 Games': average(true, 0.75),
      };
      const fresh = Object.keys(told).map((model) => [model, recall(model, domain)] as const);
      // The pack's models are rounded to 16 bits: of a thousand users a few are answered otherwise.
      for (const [model, value] of fresh) {
        expect(Math.abs((told[model] ?? NaN) - value), model).toBeLessThanOrEqual(FEW_USERS);
      }
      const cell = results.rows.find(({ model }) => model === `${domain}/phase2`);
      expect(pack.shops[at]?.model).toBe(cell?.modelId);
    },
  );

  it.runIf(SEEDS.length === 0)(
    'has the weights of the page’s models, up to their 16 bits',
    async () => {
      const { checkpoints } = await readModels(new Uint8Array(readFileSync(MODELS)));
      const files = openFileStore(join(out, '.store'));
      const store = new CheckpointStore(files);
      for (const { id, meta, parameters } of checkpoints) {
        const trained = await store.get(id);
        if (trained === null) throw new Error(`${meta.name} was not trained under the pack's id.`);
        const distance = relativeDistance(packedWeights(trained.arena), parameters);
        expect(distance, meta.name).toBeLessThan(FLAVOURS_APART);
      }
      store.close();
    },
  );
});
