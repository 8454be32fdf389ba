import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { wholeArena } from '../../../src/core/arena-source.ts';
import { openTokenizer } from '../../../src/io/bpe/text-tokenizer.ts';
import { bytesSource } from '../../../src/io/byte-source.ts';
import { parseExperiment } from '../../../src/lab/document/experiment.ts';
import { MODEL as DEFAULT_SIZES } from '../../../src/lab/experiment/experiment-defaults.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { exportCheckpoint } from '../../../src/lab/export/export-checkpoint.ts';
import { importBase } from '../../../src/lab/checkpoints/imported-base.ts';
import { inputIds, type Job } from '../../../src/lab/job/job.ts';
import { withImportedBase } from '../../../src/lab/inspection/with-imported-base.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import type { ModelConfig } from '../../../src/nn/transformer/config.ts';
import { toHfConfig } from '../../../src/nn/transformer/hf-config.ts';
import { parameterLayout } from '../../../src/nn/transformer/layout.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { errorOf } from '../../support/error-of.ts';
import {
  jsonBytes,
  sourcesOf,
  TINY,
  tinyFolder,
  wordTokenizer,
  type Folder,
} from '../../support/models/tiny-checkpoint.ts';
import { wholeCheckpoint } from '../../support/models/whole-checkpoint.ts';
import { tinyExperiment, tinyWith } from '../document/documents.ts';
import { faultsOfFolders } from '../../support/models/sound-folder.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const MODEL =
  'model: { layers: 1, width: 16, heads: 2, kvHeads: 1, headWidth: 8, feedForward: 32 }';
const IMPORT = 'base: { source: import, textTokens: 8 }';
const IDS = { [MODEL]: '', 'base: { epochs: 1 }': IMPORT };
const TITLE = {
  ...IDS,
  'base: { epochs: 1 }': `${IMPORT}\nparadigm: title\ntitle: { positions: 32, titleTokens: 6, samples: 2, maxTokens: 6, grounding: base }`,
};
const EMBEDDING = {
  ...IDS,
  'base: { epochs: 1 }': `${IMPORT}\nparadigm: embedding\nembedding: { negatives: 8, sequencesPerBatch: 8 }`,
};
const CONFIG = { ...TINY, vocabSize: 97, maxPositions: 128 };

const dataset = await datasetOf(tinyExperiment(), null);

/**
 * A tokenizer of words with its own end token, first of all, and neither pad nor begin: none of our
 * ids means the same in it.
 */
function tokenizerFiles(): Folder {
  const titles = dataset.domains.flatMap(({ titles: own }) => own ?? []);
  const words = [...new Set(titles.flatMap((title) => (title ?? '').split(/\s+/)))].slice(0, 60);
  return new Map([
    ['tokenizer.json', jsonBytes(wordTokenizer(words))],
    ['tokenizer_config.json', jsonBytes({ eos_token: { content: '</s>' }, bos_token: null })],
  ]);
}

function folderOf(files: Folder = tinyFiles(CONFIG)): Folder {
  return new Map([...files, ...tokenizerFiles()]);
}

/** A tiny checkpoint whose config.json, unlike those of our exports, names no tokens. */
function tinyFiles(config: ModelConfig): Folder {
  const named = Object.entries(toHfConfig(config)).filter(([key]) => !key.endsWith('_token_id'));
  return new Map([...tinyFolder(config), ['config.json', jsonBytes(Object.fromEntries(named))]]);
}

const GOLDEN = new URL('../../../../shared/golden/transformer/', import.meta.url);

function goldenFolder(name: string): Folder {
  const files = ['config.json', 'model.safetensors'].map(
    (file): [string, Uint8Array<ArrayBuffer>] => [
      file,
      new Uint8Array(readFileSync(new URL(`${name}/${file}`, GOLDEN))),
    ],
  );
  return folderOf(new Map(files));
}

/** The jobs that a job needs, and itself. */
function upTo(jobs: readonly Job[], title: string): Job[] {
  const needed = new Set(jobs.filter((job) => job.title === title).map(({ id }) => id));
  for (const job of [...jobs].reverse()) {
    if (needed.has(job.id)) for (const id of inputIds(job.inputs)) needed.add(id);
  }
  return jobs.filter(({ id }) => needed.has(id));
}

const LAST = 'evaluate Games/pretrain on Games';

async function runFrom(folder: Folder, replacements: Readonly<Record<string, string>>) {
  const imported = await importBase(sourcesOf(folder));
  const experiment = withImportedBase(tinyExperiment(replacements), imported.model);
  const whole = await planExperiment(experiment, dataset.digest);
  const plan = { ...whole, jobs: upTo(whole.jobs, LAST) };
  const checkpoints = new CheckpointStore(new MemoryStore());
  const store = new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => 0);
  const executor = await openWasm();
  const { signal } = new AbortController();
  const sinks = { signal, now: () => 0, emit: () => 0 };
  const options = { experiment, dataset, executor, store, imported, ...sinks };
  const { rows } = await runPlan(plan, options);
  expect(executor.memory().liveBuffers).toBe(0);
  executor.destroy();
  const checkpoint = async (title: string) => {
    const id = plan.jobs.find((job) => job.title === title)?.id ?? '';
    const found = await store.getCheckpoint(id);
    if (found === null) throw new Error(`no checkpoint "${title}"`);
    return found;
  };
  return { imported, plan, store, rows, checkpoint };
}

describe('a base from files', () => {
  async function startsExperiment(folder: Folder): Promise<void> {
    const before = await wholeCheckpoint(sourcesOf(folder), { needsTokenizer: true });
    const { store, checkpoint, rows, imported } = await runFrom(folder, IDS);

    const base = await checkpoint('import base');
    const layout = parameterLayout(base.meta.config);
    for (const { name: tensor } of before.layout.entries) {
      const old = tensorOf(before.layout, before.arena, tensor);
      const kept = tensorOf(layout, base.parameters, tensor);
      // Rows that belong to a token of the tokenizer, and everything that has no rows of tokens.
      const used = old.length === kept.length ? old.length : 40 * base.meta.config.width;
      expect(kept.subarray(0, used), tensor).toEqual(old.subarray(0, used));
    }
    const text = base.meta.config.vocabSize;
    expect(text % 64).toBe(0);
    expect(base.meta.config.qkNorm).toBe(before.config.qkNorm);
    expect((await checkpoint('base with id tokens')).meta.config.vocabSize).toBe(text + 2 * 16);

    const cell = await checkpoint('train Games pretrain');
    expect(cell.meta.steps).toBeGreaterThan(0);
    expect(cell.meta.curve?.losses.every(Number.isFinite)).toBe(true);
    expect(rows.some(({ model }) => model === 'Games/pretrain')).toBe(true);

    const exported = await exportCheckpoint(store, cell.meta.id);
    expect(await faultsOfFolders(exported)).toEqual([]);
    const [card] = (await exportCheckpoint(store, base.meta.id)).filter(
      ({ path }) => path === 'README.md',
    );
    expect(new TextDecoder().decode(card?.bytes)).toMatch(
      new RegExp(`Imported from a checkpoint's files .*${imported.model.digest}`),
    );
    const again = await wholeCheckpoint(
      exported.map(({ path, bytes }) => bytesSource(path, bytes)),
      { needsTokenizer: true },
    );
    expect(again.arena).toEqual(cell.parameters);
    expect(again.config).toEqual(cell.meta.config);
    const tokenizer = openTokenizer(again.tokenizerJson);
    expect(tokenizer.idOf('<a_0>')).toBe(text);
    const { special } = cell.meta.vocabulary;
    expect(again.configJson).toMatchObject({ eos_token_id: 0, bos_token_id: special?.bos });
    expect(tokenizer.idOf('<bos>')).toBe(special?.bos);
  }

  it('is extended, trained, saved and read again', async () => {
    await startsExperiment(folderOf());
  });

  it.skipIf(!existsSync(GOLDEN)).each(['llama-tied', 'qwen3-untied-wide-heads'])(
    'golden %s is extended, trained, saved and read again',
    async (name) => {
      await startsExperiment(goldenFolder(name));
    },
  );

  it.each([
    ['titles', TITLE],
    ['embeddings', EMBEDDING],
  ] as const)('cells of %s start from it', async (_, replacements) => {
    const { rows, checkpoint } = await runFrom(folderOf(), replacements);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.every(({ value }) => value >= 0 && value <= 100)).toBe(true);
    const cell = await checkpoint('train Games pretrain');
    expect(cell.meta.steps).toBeGreaterThan(0);
    expect(cell.meta.vocabulary.special?.eos).toBe(0);
  });

  it('takes begin and padding from config.json where the tokenizer does not name them', async () => {
    const { model } = await importBase(sourcesOf(folderOf(tinyFolder(CONFIG))));
    expect(model.special).toMatchObject({ pad: 0, bos: 1, eos: 0 });
  });

  it('tells how far it has read, and can be given up between two tensors', async () => {
    const seen: number[] = [];
    const onProgress = (done: number) => seen.push(done);
    const { summary } = await importBase(sourcesOf(folderOf()), { onProgress });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.at(-1)).toBe(summary.sizeBytes);
    const gone = new AbortController();
    const options = { signal: gone.signal, onProgress: () => gone.abort() };
    await expect(importBase(sourcesOf(folderOf()), options)).rejects.toThrow('aborted');
  });

  it('a tokenizer with holes gets a name for each row; whatever is sampled has a text', async () => {
    const folder = folderOf();
    const json = JSON.parse(new TextDecoder().decode(folder.get('tokenizer.json'))) as {
      model: { vocab: Record<string, number> };
    };
    const words = Object.entries(json.model.vocab);
    const kept = words.filter(([, id]) => id < 5 || id >= 15);
    json.model.vocab = Object.fromEntries(kept);
    folder.set('tokenizer.json', jsonBytes(json));
    const { tokenizer, model, summary } = await importBase(sourcesOf(folder));
    const opened = openTokenizer(tokenizer.tokenizerJson);
    expect(opened.vocabularySize).toBe(model.config.vocabSize);
    expect(summary.tokens).toBe(words.length - 10);
    const all = Array.from({ length: model.config.vocabSize }, (_, id) => id);
    for (const id of all) expect(opened.decode([id]), String(id)).not.toBe('');
    expect(opened.decode([7])).toBe('<unused_7>');
    const { rows } = await runFrom(folder, TITLE);
    expect(rows.length).toBeGreaterThan(0);
  });

  it('more epochs train it on the texts first', async () => {
    const more = { ...IDS, 'base: { epochs: 1 }': IMPORT.replace(' }', ', epochs: 2 }') };
    const { checkpoint, imported } = await runFrom(folderOf(), more);
    const trained = await checkpoint('train language model');
    expect(trained.meta.steps).toBeGreaterThan(0);
    expect(trained.parameters).not.toEqual(await wholeArena(imported.parameters));
    expect(trained.meta.curve?.losses.at(-1)).toBeLessThan(trained.meta.curve?.losses[0] ?? 0);
  });

  it('its content decides the ids of the jobs; all seeds share one copy', async () => {
    const ids = async (folder: Folder, seeds = 'seeds: [1]') => {
      const { model } = await importBase(sourcesOf(folder));
      const experiment = withImportedBase(tinyExperiment({ ...IDS, 'seeds: [1]': seeds }), model);
      const { jobs } = await planExperiment(experiment, dataset.digest);
      return jobs.filter(({ kind }) => kind === 'language-model').map(({ id }) => id);
    };
    const [first] = await ids(folderOf());
    expect(await ids(folderOf(), 'seeds: [1, 2]')).toEqual([first]);
    const other = folderOf();
    other.set('model.safetensors', changed(other.get('model.safetensors')));
    expect(await ids(other)).not.toEqual([first]);
  });

  it('the item-id transformer beside it keeps default sizes', async () => {
    const { model } = await importBase(sourcesOf(folderOf()));
    const evaluation = 'evaluation: { beam: 20, maxUsers: 8, crossUsers: 4 }';
    const asked = { ...IDS, [evaluation]: evaluation.replace(' }', ', itemTransformer: {} }') };
    const { jobs } = await planExperiment(
      withImportedBase(tinyExperiment(asked), model),
      dataset.digest,
    );
    const sizes = jobs.flatMap((job) =>
      job.kind === 'item-transformer' ? [job.settings.model] : [],
    );
    expect(sizes).toEqual([DEFAULT_SIZES, DEFAULT_SIZES]);
    expect(model.config.width).not.toBe(DEFAULT_SIZES.width);
  });

  it('sizes in the document are faults: the files have them', () => {
    const faults = (replacements: Readonly<Record<string, string>>) => {
      const parsed = parseExperiment(tinyWith(replacements));
      return parsed.ok ? [] : parsed.faults.map(({ message }) => message);
    };
    const message = 'means nothing for an imported base: its files decide.';
    expect(faults(IDS)).toEqual([]);
    expect(faults({ 'base: { epochs: 1 }': IMPORT })).toEqual([message]);
    const tokens = IMPORT.replace(' }', ', tokens: 640 }');
    expect(faults({ ...IDS, 'base: { epochs: 1 }': tokens })).toEqual([message]);
  });

  it('nothing is planned without its files, or beyond its positions', async () => {
    const experiment = tinyExperiment(IDS);
    expect(await errorOf(planExperiment(experiment, dataset.digest))).toMatchObject({
      code: 'data-missing',
    });
    expect(await errorOf(() => withImportedBase(experiment, null))).toMatchObject({
      code: 'data-missing',
    });
    const short = await importBase(sourcesOf(folderOf(tinyFiles({ ...CONFIG, maxPositions: 32 }))));
    expect(await errorOf(() => withImportedBase(experiment, short.model))).toMatchObject({
      code: 'limit-exceeded',
      message: expect.stringMatching(/up to 64 positions; the imported model has 32/) as string,
    });
    expect(await errorOf(importBase(sourcesOf(tinyFolder(CONFIG))))).toMatchObject({
      code: 'checkpoint-missing',
    });
  });
});

/** The same file with one bit of the last weight flipped. */
function changed(bytes: Uint8Array<ArrayBuffer> | undefined): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes ?? []);
  copy.set([(copy.at(-2) ?? 0) ^ 1], copy.length - 2);
  return copy;
}
