import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import type { ResultRow } from '../../src/lab/results/results.ts';
import { runHeadless } from './run-headless.ts';

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-hosts-'));
  await ensureBuilt();
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const semanticId = readFileSync('experiments/tiny.yaml', 'utf8');
const withBase = (more: string) =>
  semanticId.replace(
    'base: { epochs: 1 }',
    `base: { source: text, tokens: 384, textTokens: 8, epochs: 1 }\n${more}`,
  );

/** The smallest document of every paradigm. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  'semantic-id': semanticId,
  title: withBase(
    'paradigm: title\ntitle: { positions: 32, titleTokens: 6, samples: 2, maxTokens: 6 }',
  ),
  embedding: withBase('paradigm: embedding\nembedding: { negatives: 8, sequencesPerBatch: 8 }'),
  discriminative: readFileSync('experiments/gpsd-tiny.yaml', 'utf8'),
};

interface Results {
  readonly rows: readonly ResultRow[];
}

/** Every number of a run; not when and by whom it was computed. */
function rowsOf(out: string): string[] {
  const { rows } = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as Results;
  return rows.map((row) => JSON.stringify({ ...row, backend: '', adapter: '', createdAt: '' }));
}

/** SHA-256 of what a checkpoint is made of: weights, tokenizer, semantic ids, configuration. */
function weightsOf(out: string): Record<string, string> {
  const root = join(out, 'checkpoints');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => join(root, name))
    .filter((path) => statSync(path).isFile())
    // Origin and card name the machine and the time.
    .filter((path) => !/mmgrid\.json$|README\.md$/.test(path));
  return Object.fromEntries(
    files
      .sort()
      .map((path) => [
        relative(root, path),
        createHash('sha256').update(readFileSync(path)).digest('hex'),
      ]),
  );
}

describe('Node and Chromium', () => {
  it.each(Object.keys(DOCUMENTS))(
    'give the same bits for %s',
    async (paradigm) => {
      const document = join(folder, `${paradigm}.yaml`);
      writeFileSync(document, DOCUMENTS[paradigm] ?? '');
      const outs = { node: join(folder, `${paradigm}-node`), browser: join(folder, paradigm) };
      for (const host of ['node', 'browser'] as const) {
        const words = [document, '--host', host, '--executor', 'cpu', '--out', outs[host]];
        const ended = await runHeadless(words);
        expect(ended.stderr).toBe('');
        expect(ended.code).toBe(0);
        // Both with the same flavour, or the comparison would be of two programs.
        expect(ended.stdout).toMatch(/^Runs on CPU .*, fused multiply-add, in /m);
      }
      const weights = weightsOf(outs.node);
      expect(
        Object.keys(weights).filter((path) => /safetensors$/.test(path)).length,
      ).toBeGreaterThan(3);
      expect(weights).toEqual(weightsOf(outs.browser));
      const rows = rowsOf(outs.node);
      expect(rows.length).toBeGreaterThan(20);
      expect(rows).toEqual(rowsOf(outs.browser));
    },
    600_000,
  );
});
