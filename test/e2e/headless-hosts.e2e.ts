import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import { bitsOf } from './run-bits.ts';
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
      const bits = bitsOf(outs.node);
      const weights = Object.keys(bits.files).filter((path) => path.endsWith('safetensors'));
      expect(weights.length).toBeGreaterThan(3);
      expect(bits.rows.length).toBeGreaterThan(20);
      expect(bits).toEqual(bitsOf(outs.browser));
    },
    600_000,
  );
});
