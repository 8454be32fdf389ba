import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultRow } from '../../../src/lab/results/results.ts';
import { runHeadless, type Ended } from '../run-headless.ts';

const DOMAINS = ['Games', 'Books'];
const STAGES = ['pretrain', 'phase1', 'phase2'];

let out = '';
let ended: Ended;
let rows: ResultRow[] = [];

beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), 'mmgrid-demo-'));
  // No file: the demo that is embedded in the page.
  ended = await runHeadless(['--out', out]);
  rows = (JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as { rows: ResultRow[] })
    .rows;
}, 900_000);
afterAll(() => {
  rmSync(out, { recursive: true, force: true });
});

function recall(model: string, domain: string): number {
  const row = rows.find(
    (candidate) =>
      candidate.model === model &&
      candidate.evalDomain === domain &&
      candidate.metric === 'recall' &&
      candidate.k === 10,
  );
  if (row === undefined) throw new Error(`No Recall@10 of "${model}" on ${domain}.`);
  return row.value;
}

/** The claims of the first screen, on the run a visitor sees. */
describe('the demo', () => {
  it('trains six cells and a base, merges and ends with 0', () => {
    expect(ended.code).toBe(0);
    const cells = new Set(rows.filter(({ kind }) => kind === 'cell').map(({ model }) => model));
    expect(cells).toEqual(new Set(DOMAINS.flatMap((d) => STAGES.map((stage) => `${d}/${stage}`))));
    const merges = new Set(rows.filter(({ kind }) => kind === 'merge').map(({ model }) => model));
    expect(merges.size).toBeGreaterThanOrEqual(3);
  });

  it.each(DOMAINS)('beats both popularity baselines on %s', (domain) => {
    const popular = recall('most popular', domain);
    expect(recall(`${domain}/phase2`, domain)).toBeGreaterThan(popular);
    expect(recall(`${domain}/phase2`, domain)).toBeGreaterThan(
      recall('most popular (phase2)', domain),
    );
    const mean = STAGES.reduce((sum, stage) => sum + recall(`${domain}/${stage}`, domain) / 3, 0);
    expect(mean).toBeGreaterThan(popular);
  });

  it.each(DOMAINS)('shows what a merge needs on %s: one body, and the own tables', (domain) => {
    const own = recall(`${domain}/phase2`, domain);
    const other = domain === 'Games' ? 'Books' : 'Games';
    const bodies = recall('bodies averaged', domain);
    expect(bodies).toBeGreaterThan(0.85 * own);
    expect(bodies).toBeGreaterThan(recall('everything averaged', domain));
    expect(bodies).toBeGreaterThan(1.5 * recall(`${other}/phase2`, domain));
  });

  it.each(DOMAINS)('shows forgetting on %s: the other domain’s cell is far behind', (domain) => {
    const other = domain === 'Games' ? 'Books' : 'Games';
    expect(recall(`${other}/phase2`, domain)).toBeLessThan(
      0.7 * recall(`${domain}/phase2`, domain),
    );
  });
});
