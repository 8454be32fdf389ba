import { describe, expect, it } from 'vitest';
import { toAppError } from '../../../src/core/errors.ts';
import { asArtefact, clickDataArtefact } from '../../../src/lab/results/artefacts.ts';
import { planDigest } from '../../../src/lab/inspection/inspect-experiment.ts';
import { layoutOf } from '../../../src/lab/paradigms/layout-of.ts';
import { describeBase } from '../../../src/lab/checkpoints/describe-base.ts';
import { experimentFrom, parseExperiment } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { exportCheckpoint } from '../../../src/lab/export/export-checkpoint.ts';
import { withImportedBase } from '../../../src/lab/inspection/with-imported-base.ts';
import { openBase, type OpenedBase } from '../../../src/lab/checkpoints/opened-base.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { inspectDocument } from '../../../workers/lab/inspect-document.ts';
import { errorOf } from '../../support/error-of.ts';
import { bytesSource } from '../../../src/io/byte-source.ts';
import {
  jsonBytes,
  sourcesOf,
  tinyFolder,
  wordTokenizer,
  TINY,
  type Folder,
} from '../../support/models/tiny-checkpoint.ts';
import { documentText, tinyWith } from '../document/documents.ts';
import { merged } from '../../merge/stream/checkpoints.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const MODEL = 'model: { layers: 1, width: 16, heads: 2 }\n';
const PRETRAINING = 'pretraining: { epochs: 1, ';
const ITEMS = 'itemsPerDomain: 48';
const TEXT = documentText('gpsd-tiny').replace(/^merges:\n( .*\n)+/m, '');
const IMPORT = textWith({
  [MODEL]: 'base: { source: import }\n',
  [PRETRAINING]: 'pretraining: { ',
});

function textWith(replacements: Readonly<Record<string, string>>, from = TEXT): string {
  let text = from;
  for (const [piece, replacement] of Object.entries(replacements)) {
    if (!text.includes(piece)) throw new Error(`the document has no "${piece}"`);
    text = text.replace(piece, replacement);
  }
  return text;
}

async function faultOf(action: Promise<unknown> | (() => unknown)) {
  return toAppError(await errorOf(action));
}

async function planOf(text: string, imported: OpenedBase | null) {
  const experiment = withImportedBase(experimentFrom(text), imported?.model ?? null);
  const dataset = await datasetOf(experiment, null);
  return {
    experiment,
    dataset,
    plan: await planExperiment(experiment, await planDigest(experiment, dataset)),
  };
}

async function runOf(text: string, imported: OpenedBase | null = null) {
  const { experiment, dataset, plan } = await planOf(text, imported);
  const checkpoints = new CheckpointStore(new MemoryStore());
  const store = new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => 0);
  const executor = await openWasm();
  const { signal } = new AbortController();
  const sinks = { signal, now: () => 0, emit: () => 0 };
  const { rows } = await runPlan(plan, {
    experiment,
    dataset,
    executor,
    store,
    imported,
    ...sinks,
  });
  expect(executor.memory().liveBuffers).toBe(0);
  executor.destroy();
  const checkpoint = async (title: string) => {
    const id = plan.jobs.find((job) => job.title === title)?.id ?? '';
    const found = await store.getCheckpoint(id);
    if (found === null) throw new Error(`no checkpoint "${title}"`);
    return found;
  };
  const folder = async (title: string): Promise<Folder> => {
    const files = await exportCheckpoint(store, (await checkpoint(title)).meta.id);
    return new Map(files.map(({ path, bytes }) => [path, bytes]));
  };
  const data = plan.jobs.find(({ kind }) => kind === 'click-data')?.id ?? '';
  const stored = asArtefact(clickDataArtefact, await store.getArtefact(data), 'data');
  return { rows, checkpoint, folder, vocabulary: stored.vocabulary };
}

const small = await runOf(TEXT);
const PRETRAINED = await small.folder('pretrain L1H16A2');
const opened = await openBase(sourcesOf(PRETRAINED));
if (opened.kind !== 'behaviour') throw new Error('not a behaviour model');
const base = opened;

describe('a behaviour model from files', () => {
  it.each([
    ['more items', 'itemsPerDomain: 64'],
    ['fewer items', 'itemsPerDomain: 40'],
  ])('gives its rows to the same items of data with %s', async (_, items) => {
    const { rows, checkpoint, vocabulary, folder } = await runOf(
      textWith({ [ITEMS]: items }, IMPORT),
      base,
    );
    const { meta, parameters } = await checkpoint('import L1H16A2');
    const old = small.vocabulary.items;
    const shared = vocabulary.items.filter((item) => item !== '' && old.includes(item));
    expect(shared.length).toBeGreaterThan(20);
    expect(meta.behaviour?.alignment?.[0]).toEqual({
      table: 'items',
      aligned: shared.length,
      new: vocabulary.items.length - 1 - shared.length,
      dropped: old.length - 1 - shared.length,
    });
    expect(vocabulary.items.length).not.toBe(old.length);
    expect(meta.steps).toBe(0);

    const before = await small.checkpoint('pretrain L1H16A2');
    const tensor = ({ meta: own, parameters: arena }: typeof before, name: string) =>
      tensorOf(layoutOf(own), arena, name);
    const given = tensor(before, 'item_embeddings.weight');
    const taken = tensor({ meta, parameters }, 'item_embeddings.weight');
    vocabulary.items.forEach((item, row) => {
      const other = old.indexOf(item);
      const own = taken.slice(row * 16, row * 16 + 16);
      if (other < 0) expect(own.every((value) => value !== 0)).toBe(true);
      else expect(own, item).toEqual(given.slice(other * 16, other * 16 + 16));
    });
    for (const { name } of layoutOf(meta).entries) {
      if (name.endsWith('embeddings.weight') || name.startsWith('feature_')) continue;
      expect(tensor({ meta, parameters }, name), name).toEqual(tensor(before, name));
    }

    // Cells start from it, and their grid is measured.
    const frozen = await checkpoint('train Games FT&SF');
    expect(tensor(frozen, 'item_embeddings.weight')).toEqual(taken);
    expect(rows.some(({ model, own }) => model === 'Books/FT' && own)).toBe(true);
    const card = new TextDecoder().decode((await folder('import L1H16A2')).get('README.md'));
    expect(card).toContain(`${String(shared.length)} aligned`);
    expect(card).toContain(base.model.digest);
  });

  it('is read of a cell as well, without its click head', async () => {
    const cell = await openBase(sourcesOf(await small.folder('train Games FT&SF')));
    if (cell.kind !== 'behaviour') throw new Error('not a behaviour model');
    expect(cell.summary.ignored.length).toBeGreaterThan(0);
    expect(cell.summary.ignored.every((name) => name.startsWith('click_head.'))).toBe(true);
    expect(cell.checkpoint.config).toEqual(base.checkpoint.config);
    expect(cell.model.digest).not.toBe(base.model.digest);
    expect(describeBase(cell.summary)).toMatch(/^behaviour model L1H16A2, \d+ items, features /);
    const start = await openBase(sourcesOf(await small.folder('base with a click head L1H16A2')));
    expect(start.model.digest).toBe(base.model.digest);
  });

  it('is merged as files with others of the same items, and with no others', async () => {
    const recipe =
      'merge_method: linear\nmodels: [{ model: a }, { model: b }]\nparameters: { weight: 1 }';
    const a = await small.folder('train Games FT');
    const b = await small.folder('train Books FT');
    const { output } = await merged(recipe, { a, b });
    const result = await openBase(
      [...output.files].map(([name, bytes]) => bytesSource(name, bytes)),
    );
    if (result.kind !== 'behaviour') throw new Error('not a behaviour model');
    expect(result.checkpoint.vocabulary).toEqual(base.checkpoint.vocabulary);
    const text = new TextDecoder().decode(b.get('vocabulary.json'));
    const [, , third = ''] = base.checkpoint.vocabulary.items;
    const renamed = new TextEncoder().encode(text.replace(JSON.stringify(third), '"another"'));
    const other = new Map([...b, ['vocabulary.json', renamed]]);
    expect(await faultOf(merged(recipe, { a, b: other }))).toMatchObject({
      code: 'recipe-invalid',
      faults: [{ place: 'vocabulary.json' }],
    });
  });

  it('is trained on where the document says so, and its digest decides the jobs', async () => {
    const more = textWith({ 'pretraining: { ': PRETRAINING }, IMPORT);
    const idsOf = async (text: string, imported: OpenedBase | null) =>
      (await planOf(text, imported)).plan.jobs.flatMap(({ kind, id }) =>
        kind === 'pretrain' ? [id] : [],
      );
    const { checkpoint } = await runOf(more, base);
    expect((await checkpoint('pretrain L1H16A2')).meta.steps).toBeGreaterThan(0);
    const cell = await openBase(sourcesOf(await small.folder('train Games FT&SF')));
    const ids = [
      ...(await idsOf(TEXT, null)),
      ...(await idsOf(IMPORT, base)),
      ...(await idsOf(IMPORT, cell)),
      ...(await idsOf(more, base)),
    ];
    expect(new Set(ids).size).toBe(4);
    expect(await idsOf(IMPORT, base)).toEqual([ids[1]]);
  });

  it('is told of before the run', async () => {
    const { dataset } = await planOf(IMPORT, base);
    const inspect = (text: string, imported: OpenedBase['model'] | null) =>
      inspectDocument(
        text,
        (experiment) => (text === IMPORT ? Promise.resolve(dataset) : datasetOf(experiment, null)),
        () => Promise.resolve([]),
        undefined,
        imported,
      );
    const fits = await inspect(IMPORT, base.model);
    const items = small.vocabulary.items.length - 1;
    expect(fits.ok && fits.notes.join('\n')).toContain(
      `Imported base: items ${String(items)} aligned, 0 new, 0 dropped`,
    );
    const nothing = await inspect(IMPORT, null);
    expect(nothing).toMatchObject({ ok: false, faults: [{ message: /none is given/ }] });
    const other = textWith({ '[Games, Books]': '[Toys, Films]' }, IMPORT);
    const strange = await inspect(other, base.model);
    expect(strange.ok ? '' : strange.faults[0]?.message).toMatch(
      /^None of the \d+ items .* Nothing would be transferred/,
    );
  });
});

describe('faults of an imported behaviour model', () => {
  const withBase = (text: string, imported: OpenedBase) => () =>
    withImportedBase(experimentFrom(text), imported.model);

  it('are other sizes than the document writes, and none where they agree', async () => {
    const written = (sizes: string) => `${IMPORT}model: ${sizes}\n`;
    const agreed = withBase(written('{ layers: 1, width: 16, heads: 2 }'), base)();
    expect(agreed.model).toMatchObject({ layers: 1, width: 16, heads: 2 });
    const error = await faultOf(withBase(written('{ layers: 2, width: 16, heads: 2 }'), base));
    expect(error.code).toBe('layout-mismatch');
    expect(error.message).toMatch(/L2H16A2.*L1H16A2/);
  });

  it('are a language model for clicks, and clicks for a language model', async () => {
    const language = await openBase(
      sourcesOf(
        new Map([
          ...tinyFolder({ ...TINY, vocabSize: 97, maxPositions: 128 }),
          ['tokenizer.json', jsonBytes(wordTokenizer(['a', 'b']))],
        ]),
      ),
    );
    expect(language.kind).toBe('language-model');
    const error = await faultOf(withBase(IMPORT, language));
    expect(error.message).toMatch(/is a language model; .* a behaviour model/);
    const sizes =
      'model: { layers: 1, width: 16, heads: 2, kvHeads: 1, headWidth: 8, feedForward: 32 }';
    const text = tinyWith({ [sizes]: '', 'base: { epochs: 1 }': 'base: { source: import }' });
    const reverse = await faultOf(withBase(text, base));
    expect(reverse.message).toMatch(/is a behaviour model; .* a language model/);
  });

  it.each([
    ['{ source: text }', /base\.source.*must be import/],
    ['{ source: import, epochs: 2 }', /base\.epochs.*pretraining trains/],
  ])('of the document: base %s', (written, message) => {
    const parsed = parseExperiment(textWith({ '{ source: import }': written }, IMPORT));
    const faults = parsed.ok ? [] : parsed.faults.map((one) => `${one.place}: ${one.message}`);
    expect(faults.join('\n')).toMatch(message);
  });

  it('of the document: a ladder of sizes', () => {
    const ladder =
      'analysis: [{ name: a, kind: scaling, sizes: [{ layers: 1, width: 8, heads: 1 }, { layers: 1, width: 16, heads: 2 }] }]\n';
    const parsed = parseExperiment(`${IMPORT}${ladder}`);
    expect(parsed.ok ? '' : parsed.faults[0]?.message).toMatch(/several sizes/);
  });

  const refused = async (changes: Folder | readonly string[]) => {
    const kept = [...PRETRAINED].filter(
      ([name]) => !Array.isArray(changes) || !changes.includes(name),
    );
    const changed = Array.isArray(changes) ? [] : [...(changes as Folder)];
    return faultOf(openBase(sourcesOf(new Map([...kept, ...changed]))));
  };
  const jsonOf = (name: string) =>
    JSON.parse(new TextDecoder().decode(PRETRAINED.get(name))) as Record<string, unknown>;

  it('are a vocabulary that is missing, of another length, or with a name twice', async () => {
    expect((await refused(['vocabulary.json'])).code).toBe('checkpoint-missing');
    const { items, features } = jsonOf('vocabulary.json') as { items: string[]; features: unknown };
    const withItems = (next: readonly unknown[]) =>
      refused(new Map([['vocabulary.json', jsonBytes({ items: next, features })]]));
    for (const [next, message] of [
      [items.slice(0, -1), /names, config\.json has/],
      [['', 'Games/x', 'Games/x', ...items.slice(3)], /stands twice/],
      [['x', ...items.slice(1)], /row 0/],
      [[0, ...items.slice(1)], /list of names/],
    ] as const) {
      const error = await withItems(next);
      expect(error.code).toBe('data-invalid');
      expect(error.faults[0]?.message).toMatch(message);
      expect(error.hint).toMatch(/Nothing was loaded/);
    }
  });

  it('are weights that are cut, do not fit, are not finite, or those of a DIN', async () => {
    const weights = PRETRAINED.get('model.safetensors') ?? new Uint8Array();
    const cut = await refused(new Map([['model.safetensors', weights.slice(0, -8)]]));
    expect(cut.code).toBe('safetensors-invalid');
    const config = { ...jsonOf('config.json'), num_hidden_layers: 2 };
    const deeper = await refused(new Map([['config.json', jsonBytes(config)]]));
    expect(deeper.code).toBe('layout-mismatch');
    expect(deeper.faults[0]?.message).toBe('is missing');
    const odd = { ...jsonOf('config.json'), rope_theta: 5, hidden_size: 'x' };
    const strange = await refused(new Map([['config.json', jsonBytes(odd)]]));
    expect(strange.faults.length).toBeGreaterThan(1);
    const bad = weights.slice();
    new DataView(bad.buffer).setFloat32(bad.length - 4, NaN, true);
    expect((await refused(new Map([['model.safetensors', bad]]))).code).toBe('non-finite');
    const din = await faultOf(openBase(sourcesOf(await small.folder('train Games DIN ST&SF'))));
    expect(din.message).toMatch(/a DIN/);
  });
});
