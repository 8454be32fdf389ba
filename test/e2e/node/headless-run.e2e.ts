import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ResultRow } from '../../../src/lab/results/results.ts';
import { runHeadless, startHeadless, type Ended } from '../run-headless.ts';
import { runWarm } from '../run-warm.ts';
import { oneStageText } from '../small-documents.ts';

const TINY = 'experiments/tiny.yaml';
let folder = '';
let out = '';
let first: Ended;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-e2e-'));
  out = join(folder, 'tiny');
  first = await runHeadless([TINY, '--out', out]);
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function readRows(outDir: string): ResultRow[] {
  const text = readFileSync(join(outDir, 'results.json'), 'utf8');
  return (JSON.parse(text) as { rows: ResultRow[] }).rows;
}

/** What must not depend on when and in how many pieces a run happened. */
function numbersOf(rows: readonly ResultRow[]): string[] {
  return rows
    .map((row) =>
      [row.model, row.seed, row.evalDomain, row.metric, row.k, row.value, row.standardError].join(),
    )
    .sort();
}

describe('headless on the tiny experiment', () => {
  it('ends with 0 and prints models and baselines in one table', () => {
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/^Runs on .+, in Node v\d+/m);
    expect(first.stdout).toMatch(/0 future interactions in training/);
    expect(first.stdout).toMatch(/Recall@10 +.*NDCG@10/);
    expect(first.stdout).toMatch(/\(baseline\)/);
  });

  it('leaves results.json, results.csv and a report', () => {
    const rows = readRows(out);
    expect(new Set(rows.map((row) => row.kind))).toEqual(
      new Set(['base', 'cell', 'merge', 'baseline']),
    );
    const csv = readFileSync(join(out, 'results.csv'), 'utf8').trimEnd().split('\r\n');
    expect(csv).toHaveLength(rows.length + 1);
    expect(csv[0]).toMatch(/^run_id,model_id,model,kind,recipe_hash,/);
    expect(existsSync(join(out, 'report.html'))).toBe(true);
  });

  it('leaves a Hugging Face folder for every checkpoint', () => {
    const folders = readdirSync(join(out, 'checkpoints'));
    // base, 2 domains × 3 stages, and the merges
    expect(folders.length).toBeGreaterThanOrEqual(1 + 6 + 3);
    for (const name of folders) {
      const files = readdirSync(join(out, 'checkpoints', name));
      expect(files).toEqual(expect.arrayContaining(['config.json', 'model.safetensors']));
    }
  });

  it('takes everything from the store the second time, with the same numbers', async () => {
    const before = numbersOf(readRows(out));
    const second = await runWarm('headless', [TINY, '--out', out]);
    expect(second.code).toBe(0);
    const done = second.stdout.match(/✓ .*/g) ?? [];
    expect(done.length).toBeGreaterThan(10);
    expect(done.filter((line) => !line.endsWith('from the store'))).toEqual([]);
    expect(numbersOf(readRows(out))).toEqual(before);
  });

  it('stops on Ctrl-C, keeps finished cells, continues, and ends with the same numbers', async () => {
    const stopped = join(folder, 'stopped');
    const document = join(folder, 'slower.yaml');
    // Long enough to be caught in the middle; the uninterrupted run of it is the reference.
    writeFileSync(document, oneStageText().replaceAll(/epochs: 1/g, 'epochs: 8'));
    const words = (to: string) => [document, '--out', to, '--threads', '1'];
    const run = startHeadless(words(stopped));
    await run.waitFor(/✓ train /);
    run.process.kill('SIGINT');
    const ended = await run.ended;
    expect(ended.stdout).toMatch(/Stopped\. \d+ finished jobs are kept/);
    expect(ended.code).toBe(130);
    expect(existsSync(join(stopped, 'results.json'))).toBe(false);

    const next = await runWarm('headless', words(stopped));
    expect(next.code).toBe(0);
    expect(next.stdout).toMatch(/✓ train .* from the store/);

    const whole = join(folder, 'whole');
    expect((await runWarm('headless', words(whole))).code).toBe(0);
    expect(numbersOf(readRows(stopped))).toEqual(numbersOf(readRows(whole)));
  });
});
