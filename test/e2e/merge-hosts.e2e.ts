import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../../scripts/build.ts';
import { runMerge, writeModel } from './run-merge.ts';

let folder = '';

/** Sizes beside those of vectors, blocks and ranges. */
const SHAPES = {
  'model.embed_tokens.weight': [301, 67],
  'model.layers.0.mlp.up_proj.weight': [129, 67],
  'model.layers.0.self_attn.q_proj.weight': [67, 67],
  'model.layers.1.mlp.up_proj.weight': [129, 67],
  'model.layers.1.self_attn.q_proj.weight': [67, 67],
  'model.norm.weight': [67],
};
const CONFIG = { vocab_size: 301, num_hidden_layers: 2 };

/** One element-wise method, one with thresholds, one of matrices; and one of angles. */
const METHODS: Readonly<Record<string, string>> = {
  linear: 'parameters: { weight: 0.4 }',
  ties: 'base_model: base\nparameters: { weight: 0.7, density: 0.3 }',
  iso_c: 'base_model: base',
  model_stock: 'base_model: base',
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-merge-hosts-'));
  const options = { shapes: SHAPES, config: CONFIG };
  writeModel(join(folder, 'base'), 1, options);
  writeModel(join(folder, 'a'), 2, { ...options, dtype: 'BF16', shards: 2 });
  writeModel(join(folder, 'b'), 3, { ...options, dtype: 'F16' });
  for (const [method, rest] of Object.entries(METHODS)) {
    const models = 'models: [{ model: a }, { model: b }]';
    const text = `merge_method: ${method}\n${models}\n${rest}\nout_dtype: float32\n`;
    writeFileSync(join(folder, `${method}.yaml`), text);
  }
  await ensureBuilt();
}, 300_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('merges in Node and in Chromium', () => {
  it('give the same bytes, file by file', async () => {
    const outs = { node: join(folder, 'out-node'), browser: join(folder, 'out-browser') };
    const recipes = Object.keys(METHODS).map((method) => join(folder, `${method}.yaml`));
    for (const host of ['node', 'browser'] as const) {
      const words = [...recipes, '--out', outs[host], '--host', host, '--executor', 'cpu'];
      const ended = await runMerge(words);
      expect(ended.stderr).toBe('');
      expect(ended.code).toBe(0);
      // Both with the same flavour, or the comparison would be of two programs.
      expect(ended.stdout).toMatch(/^Runs on CPU .*, fused multiply-add, in /m);
    }
    expect(readdirSync(outs.node).sort()).toEqual(Object.keys(METHODS).sort());
    const weights = new Set<string>();
    for (const method of Object.keys(METHODS)) {
      const names = readdirSync(join(outs.node, method)).sort();
      expect(names).toEqual(readdirSync(join(outs.browser, method)).sort());
      for (const name of names) {
        const [here, there] = [outs.node, outs.browser].map((out) =>
          readFileSync(join(out, method, name)),
        );
        expect(here?.equals(there ?? Buffer.alloc(0)), `${method}/${name}`).toBe(true);
        if (name.endsWith('.safetensors')) weights.add(here?.toString('base64') ?? '');
      }
    }
    // Four methods, four results.
    expect(weights.size).toBe(4);
  });
});
