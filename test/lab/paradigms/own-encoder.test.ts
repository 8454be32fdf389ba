import { beforeAll, describe, expect, it } from 'vitest';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import { parseExperiment } from '../../../src/lab/document/experiment.ts';
import { ownEncoder, withOwnEncoder } from '../../../src/lab/paradigms/embedding/own-encoder.ts';
import { layoutOf } from '../../../src/lab/paradigms/layout-of.ts';
import type { JobContext } from '../../../src/lab/work/job-context.ts';
import { USER_PREFIX } from '../../../src/nn/embedding-model/embedding-layout.ts';
import { tinyWith } from '../document/documents.ts';
import { runText, type CompactRun } from './compact-documents.ts';

const MERGES = `merges:
  - { name: average, over: domains, method: simple_average }
  - { name: own readers, over: domains, method: simple_average, restore: user-encoder }
  - { name: own models, over: domains, method: simple_average, restore: model }
`;
const text = (merges = MERGES) =>
  tinyWith({
    'base: { epochs: 1 }':
      'base: { source: text, tokens: 384, textTokens: 8, epochs: 1 }\nparadigm: embedding\nembedding: { negatives: 8, sequencesPerBatch: 8 }',
    'pretrain: { epochs: 1 }': 'pretrain: { epochs: 2, learningRate: 0.01 }',
    [/merges:\n(?: {2}- .*\n)+/.exec(tinyWith())?.[0] ?? '']: merges,
  });

describe('a merge of item encoders alone', () => {
  let run: CompactRun;

  beforeAll(async () => {
    const executor = await createWasmExecutor();
    run = await runText(text(), executor);
    executor.destroy();
  }, 240_000);

  const valueOf = (model: string, domain: string) =>
    run.outcome.rows.find(
      (row) =>
        row.model === model &&
        row.evalDomain === domain &&
        row.metric === 'ndcg' &&
        row.k === 20 &&
        row.split === 'test',
    )?.value;

  it('leaves every domain its user encoder, bit for bit, and merges the rest', async () => {
    const merged = await run.checkpoint('merge average');
    const own = await run.checkpoint('train Books phase2');
    const context = { store: run.store } as unknown as JobContext;
    const arena = await withOwnEncoder(
      context,
      merged,
      run.job('train Books phase2').id,
      'user-encoder',
    );
    if (!(arena instanceof Float32Array)) throw new Error('not in memory');
    for (const { name, offset, size } of layoutOf(merged.meta).entries) {
      const part = (values: Float32Array) => values.slice(offset, offset + size);
      const source = name.startsWith(USER_PREFIX) ? own : merged;
      expect(part(arena), name).toEqual(part(source.parameters));
    }
    expect(arena).not.toEqual(own.parameters);
    expect(arena).not.toEqual(merged.parameters);
  });

  it('measures the domain’s own model where all of it is put back, and nothing by default', () => {
    for (const domain of ['Games', 'Books']) {
      expect(valueOf('own models', domain)).toBe(valueOf(`${domain}/phase2`, domain));
      expect(valueOf('own readers', domain)).toBeDefined();
    }
    const evaluation = run.plan.jobs.find(({ title }) => title === 'evaluate average on Games');
    expect(evaluation?.inputs).toMatchObject({ rows: null });
    expect(evaluation?.settings).not.toHaveProperty('restore');
    const asked = run.plan.jobs.find(({ title }) => title === 'evaluate own readers on Games');
    expect(asked?.inputs).toMatchObject({ rows: run.job('train Games phase2').id });
  });

  it('names whole tensors', async () => {
    const { meta } = await run.checkpoint('train Books phase2');
    const rows = ownEncoder(meta, 'user-encoder');
    expect(rows.length).toBeGreaterThan(5);
    expect(ownEncoder(meta)).toEqual([]);
    expect(ownEncoder(meta, 'model')).toHaveLength(layoutOf(meta).entries.length);
  });

  it('is refused where there are no codes to restore', () => {
    const parsed = parseExperiment(text(MERGES.replace('user-encoder', 'codes')));
    const faults = parsed.ok ? [] : parsed.faults.map(({ message }) => message);
    expect(faults.join()).toMatch(/no codes of their own; there are: nothing, user-encoder, model/);
  });
});
