import { beforeAll, describe, expect, it } from 'vitest';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import { experimentFrom, parseExperiment } from '../../../src/lab/document/experiment.ts';
import { inspectExperiment, modelSizeOf } from '../../../src/lab/inspection/inspect-experiment.ts';
import { ownEncoder, withOwnEncoder } from '../../../src/lab/paradigms/embedding/own-encoder.ts';
import { layoutOf } from '../../../src/lab/paradigms/layout-of.ts';
import { prepareDomain } from '../../../src/lab/work/prepare-domain.ts';
import type { JobContext } from '../../../src/lab/work/job-context.ts';
import { ITEM_VECTORS } from '../../../src/nn/embedding-model/embedding-layout.ts';
import { draftParadigm } from '../../../src/lab/paradigms/document-list.ts';
import { tinyWith } from '../document/documents.ts';
import { runText, type CompactRun } from './compact-documents.ts';

const MERGES = `merges:
  - { name: average, over: domains, method: simple_average }
  - { name: mixed, over: domains, method: simple_average, restore: nothing }
  - { name: own models, over: domains, method: simple_average, restore: model }
`;
const text = (itemVectors: string, merges = MERGES) =>
  tinyWith({
    'base: { epochs: 1 }': `base: { source: text, tokens: 384, textTokens: 8, epochs: 1 }\nparadigm: embedding\nembedding: { negatives: 8, sequencesPerBatch: 8, mask: item${itemVectors} }`,
    'pretrain: { epochs: 1 }': 'pretrain: { epochs: 2, learningRate: 0.01 }',
    [/merges:\n(?: {2}- .*\n)+/.exec(tinyWith())?.[0] ?? '']: merges,
  });
const ADDED = ', itemVectors: added';

describe('embeddings with vectors of items', () => {
  let run: CompactRun;

  beforeAll(async () => {
    const executor = await createWasmExecutor();
    run = await runText(text(ADDED), executor);
    executor.destroy();
  }, 240_000);

  const rowsOf = async (title: string) => {
    const { meta, parameters } = await run.checkpoint(title);
    const entry = layoutOf(meta).entries.at(-1);
    if (entry?.name !== ITEM_VECTORS) throw new Error(`${title} has no vectors of items`);
    const [, width = NaN] = entry.shape;
    const values = parameters.slice(entry.offset, entry.offset + entry.size);
    const isZero = (row: number) =>
      values.subarray(row * width, (row + 1) * width).every((value) => value === 0);
    return { rows: entry.shape[0] ?? NaN, values, isZero };
  };
  /** As the filter leaves them. */
  const itemCounts = () => {
    const { domains, filter } = run.experiment.contexts;
    return domains.map((domain) => {
      const { data } = prepareDomain(run.dataset, { domain, ...filter });
      return { domain, items: data.itemIds.length };
    });
  };
  const valueOf = (model: string, domain: string) =>
    run.outcome.rows.find(
      (row) =>
        row.model === model &&
        row.evalDomain === domain &&
        row.metric === 'ndcg' &&
        row.k === 20 &&
        row.split === 'test',
    )?.value;

  it('has as many rows as the largest domain has items, 0 before training', async () => {
    const start = await rowsOf('base with a user encoder');
    expect(start.rows).toBe(Math.max(...itemCounts().map(({ items }) => items)));
    expect(start.values.every((value) => value === 0)).toBe(true);
  });

  it('learns vectors of its own items, those of beyond stay 0', async () => {
    for (const { domain, items } of itemCounts()) {
      const own = await rowsOf(`train ${domain} phase2`);
      expect(own.isZero(0), domain).toBe(false);
      for (let row = items; row < own.rows; row++) {
        expect(own.isZero(row), `${domain} ${String(row)}`).toBe(true);
      }
    }
  });

  it('gives a merge over domains its own vectors back, bit for bit, where none asks', async () => {
    const merged = await run.checkpoint('merge average');
    const own = await run.checkpoint('train Books phase2');
    const context = { store: run.store } as unknown as JobContext;
    const { id } = run.job('train Books phase2');
    const arena = await withOwnEncoder(context, merged, id, undefined);
    if (!(arena instanceof Float32Array)) throw new Error('not in memory');
    for (const { name, offset, size } of layoutOf(merged.meta).entries) {
      const part = (values: Float32Array) => values.slice(offset, offset + size);
      const source = name === ITEM_VECTORS ? own : merged;
      expect(part(arena), name).toEqual(part(source.parameters));
    }
    const evaluation = run.plan.jobs.find(({ title }) => title === 'evaluate average on Books');
    expect(evaluation?.inputs).toMatchObject({ rows: id });
    const mixed = run.plan.jobs.find(({ title }) => title === 'evaluate mixed on Books');
    expect(mixed?.inputs).toMatchObject({ rows: null });
    expect(valueOf('average', 'Books')).not.toBe(valueOf('mixed', 'Books'));
    expect(valueOf('own models', 'Books')).toBe(valueOf('Books/phase2', 'Books'));
  });

  it('names what a document may put back', async () => {
    const { meta } = await run.checkpoint('train Books phase2');
    const names = (what: Parameters<typeof ownEncoder>[1]) =>
      ownEncoder(meta, what).flatMap(({ tensors }) => tensors);
    expect(names(undefined)).toEqual([ITEM_VECTORS]);
    expect(names('nothing')).toEqual([]);
    expect(names('user-encoder')).toContain(ITEM_VECTORS);
    expect(names('model')).toHaveLength(layoutOf(meta).entries.length);
    const restores = (root: Record<string, unknown>) => draftParadigm('embedding').restores?.(root);
    expect(restores({ embedding: { itemVectors: 'added' } })?.[0]).toBe('item-vectors');
    expect(restores({ embedding: null })?.[0]).toBe('nothing');
  });

  it('is counted before it starts', () => {
    const facts = inspectExperiment(run.experiment, run.dataset);
    const { items } = facts;
    expect(items).toBe(Math.max(...itemCounts().map((own) => own.items)));
    // Without vectors `restore: nothing` would be the first merge again.
    const plain = experimentFrom(text('', MERGES.replace(/ {2}- .* mixed.*\n/, '')));
    const { width } = run.experiment.model;
    const more = modelSizeOf(run.experiment, facts) - modelSizeOf(plain, facts);
    expect(more).toBe((items ?? NaN) * width);
  });
});

it('says where a document asks for vectors that it has not', () => {
  const merges = MERGES.replace('restore: model', 'restore: item-vectors');
  const parsed = parseExperiment(text('', merges));
  const faults = parsed.ok ? [] : parsed.faults.map(({ message }) => message);
  expect(faults.join()).toMatch(/no item-vectors of their own; there are: nothing, user-encoder/);
  const other = parseExperiment(text(', itemVectors: yes'));
  expect(other.ok).toBe(false);
});
