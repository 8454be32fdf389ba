import { beforeAll, describe, expect, it } from 'vitest';
import { openTokenizer } from '../../../src/io/bpe/text-tokenizer.ts';
import { parseExperiment } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { exportCheckpoint } from '../../../src/lab/export/export-checkpoint.ts';
import type { LabStore, StoredCheckpoint } from '../../../src/lab/checkpoints/lab-store.ts';
import { planExperiment, type Plan } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import type { ResultRow } from '../../../src/lab/results/results.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { parameterLayout } from '../../../src/nn/transformer/layout.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment, tinyWith } from '../document/documents.ts';
import { faultsOfFolders } from '../../support/models/sound-folder.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const TOKENS = 384;
const TEXT_BASE = {
  'base: { epochs: 1 }': `base: { source: text, tokens: ${String(TOKENS)}, textTokens: 8, epochs: 4 }`,
};

function faultsOf(replacements: Readonly<Record<string, string>>): string[] {
  const parsed = parseExperiment(tinyWith(replacements));
  return parsed.ok ? [] : parsed.faults.map(({ message }) => message);
}

describe('a base of texts in the document', () => {
  it('brings LC-Rec’s tasks: all items in the first stage, a tenth later', async () => {
    const { jobs } = await planExperiment(tinyExperiment(TEXT_BASE), 'a'.repeat(64));
    const shares = jobs.flatMap((job) =>
      job.kind === 'train' ? [job.settings.tasks?.alignment] : [],
    );
    expect(shares).toEqual([1, 0.1, 0.1, 1, 0.1, 0.1]);
    expect(jobs.filter(({ kind }) => kind === 'base')).toEqual([]);
    expect(jobs.filter(({ title }) => title.startsWith('evaluate base'))).toEqual([]);
  });

  it('keys that mean nothing for the base are faults', () => {
    expect(faultsOf({ 'base: { epochs: 1 }': 'base: { epochs: 1, tokens: 512 }' })).toEqual([
      expect.stringMatching(/means nothing for a base that knows no text/),
    ]);
    expect(faultsOf({ 'base: { epochs: 1 }': 'tasks: { mixed: false }' })).toHaveLength(1);
    expect(faultsOf({ 'base: { epochs: 1 }': 'base: { source: text, tokens: 500 }' })).toEqual([
      expect.stringMatching(/multiple of 64/),
    ]);
    expect(faultsOf({ 'base: { epochs: 1 }': 'base: { source: text, textTokens: 100 }' })).toEqual([
      expect.stringMatching(/a text and its id take 105 positions; the history leaves 64/),
    ]);
  });
});

describe('a run from a base of texts', () => {
  let plan: Plan;
  let store: LabStore;
  let rows: readonly ResultRow[];

  beforeAll(async () => {
    const experiment = tinyExperiment(TEXT_BASE);
    const dataset = await datasetOf(experiment, null);
    plan = await planExperiment(experiment, dataset.digest);
    store = new StoredResults(
      new CheckpointStore(new MemoryStore()),
      new ArtefactStore(new MemoryStore()),
      () => 0,
    );
    const executor = await openWasm();
    const { signal } = new AbortController();
    const options = { experiment, dataset, executor, store, signal, now: () => 0, emit: () => 0 };
    ({ rows } = await runPlan(plan, options));
    expect(executor.memory().liveBuffers).toBe(0);
    executor.destroy();
  });

  async function checkpoint(title: string): Promise<StoredCheckpoint> {
    const job = plan.jobs.find((candidate) => candidate.title === title);
    const found = job === undefined ? null : await store.getCheckpoint(job.id);
    if (found === null) throw new Error(`no checkpoint "${title}"`);
    return found;
  }

  it('learns the texts, and gives the ids rows of their own after the text', async () => {
    const language = await checkpoint('train language model');
    const { losses } = language.meta.curve ?? { losses: [] };
    // The uniform guess over the vocabulary costs ln 384 nats.
    expect(losses[0]).toBeGreaterThan(5);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) - 0.4);
    expect(language.meta.config.vocabSize).toBe(TOKENS);
    const extended = await checkpoint('base with id tokens');
    expect(extended.meta.config.vocabSize).toBe(TOKENS + 2 * 16);
    const rowsOf = ({ meta, parameters }: StoredCheckpoint) =>
      tensorOf(parameterLayout(meta.config), parameters, 'model.embed_tokens.weight');
    const before = rowsOf(language);
    expect(rowsOf(extended).subarray(0, before.length)).toEqual(before);
  });

  it('trains every cell from it, and measures all of them', async () => {
    const cell = await checkpoint('train Games pretrain');
    const base = await checkpoint('base with id tokens');
    expect(cell.meta.parents).toEqual([expect.objectContaining({ id: base.meta.id })]);
    expect(cell.meta.vocabulary).toEqual({ levels: 2, codes: 16, text: TOKENS });
    const measured = new Set(
      rows.filter(({ kind }) => kind !== 'baseline').map((row) => row.model),
    );
    expect(measured).toContain('Books/phase2');
    expect(measured).toContain('ties');
    expect(rows.every(({ value }) => Number.isFinite(value))).toBe(true);
  });

  it('exports a folder whose tokenizer names the rows of the embedding', async () => {
    const cell = await checkpoint('train Books phase2');
    const files = await exportCheckpoint(store, cell.meta.id);
    expect(await faultsOfFolders(files)).toEqual([]);
    const json = (path: string): Record<string, unknown> => {
      const file = files.find((candidate) => candidate.path === path);
      return JSON.parse(new TextDecoder().decode(file?.bytes)) as Record<string, unknown>;
    };
    const tokenizer = openTokenizer(json('tokenizer.json'), json('tokenizer_config.json'));
    expect(tokenizer.idOf('<bos>')).toBe(1);
    expect(tokenizer.idOf('<a_0>')).toBe(TOKENS);
    expect(tokenizer.idOf('<b_15>')).toBe(TOKENS + 31);
    expect(tokenizer.vocabularySize).toBe(json('config.json')['vocab_size']);
    const { domains } = json('semantic_ids.json') as {
      domains: Record<string, Record<string, string[]>>;
    };
    const [first] = Object.values(domains['Books'] ?? {});
    const ids = tokenizer.encode((first ?? []).join(''), { addedTokens: true });
    expect(ids).toEqual((first ?? []).map((token) => tokenizer.idOf(token)));
    expect(ids).toHaveLength(2);
  });
});
