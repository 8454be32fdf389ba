import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import { toAppError } from '../../../src/core/errors.ts';
import { bytesSource } from '../../../src/io/byte-source.ts';
import type { FolderFile } from '../../../src/io/hf-checkpoint.ts';
import { describeBase } from '../../../src/lab/checkpoints/describe-base.ts';
import { openBase, type OpenedBase } from '../../../src/lab/checkpoints/opened-base.ts';
import { experimentFrom } from '../../../src/lab/document/experiment.ts';
import { exportCheckpoint } from '../../../src/lab/export/export-checkpoint.ts';
import { inspectExperiment } from '../../../src/lab/inspection/inspect-experiment.ts';
import { withImportedBase } from '../../../src/lab/inspection/with-imported-base.ts';
import { baseNeed } from '../../../workers/lab/base-need.ts';
import { inspectDocument } from '../../../workers/lab/inspect-document.ts';
import { errorOf } from '../../support/error-of.ts';
import { tinyWith } from '../document/documents.ts';
import { compactText, newStore, runText, type CompactRun } from '../paradigms/compact-documents.ts';

const MODEL =
  'model: { layers: 1, width: 16, heads: 2, kvHeads: 1, headWidth: 8, feedForward: 32 }\n';
const AVERAGE = 'merges:\n  - { name: average, over: domains, method: simple_average }\n';
const IMPORT = '{ source: import }';
const FORM = 'semanticId: { form: compact }';

const importText = (replacements: Readonly<Record<string, string>> = {}, base = IMPORT) =>
  compactText({ [MODEL]: '', ...replacements }, AVERAGE, base);

let executor: Executor;
let run: CompactRun;
let files: readonly FolderFile[];
let base: OpenedBase;

const sources = (from: readonly FolderFile[]) =>
  from.map(({ path, bytes }) => bytesSource(path, bytes));

/** The files with one of them changed. */
const changed = (path: string, change: (text: string) => string) =>
  sources(
    files.map((file) => {
      if (file.path !== path) return file;
      return {
        path,
        bytes: new TextEncoder().encode(change(new TextDecoder().decode(file.bytes))),
      };
    }),
  );

beforeAll(async () => {
  executor = await createWasmExecutor();
  run = await runText(compactText({}, AVERAGE, '{ source: sequences, epochs: 2 }'), executor);
  files = await exportCheckpoint(run.store, run.job('train base').id);
  base = await openBase(sources(files));
}, 120_000);

afterAll(() => {
  executor.destroy();
});

describe('a compact base from files', () => {
  it('starts the same cells and merges, bit for bit, as the run that had it in its store', async () => {
    const again = await runText(importText(), executor, newStore(), base);
    const before = await run.checkpoint('train base');
    const taken = await again.checkpoint('import base');
    expect(taken.parameters).toEqual(before.parameters);
    expect(taken.meta).toMatchObject({ steps: 0, compact: before.meta.compact, parents: [] });
    expect(taken.meta.config).toEqual(before.meta.config);
    for (const title of ['train Games pretrain', 'train Books phase2', 'merge average']) {
      const [own, other] = [await again.checkpoint(title), await run.checkpoint(title)];
      expect(own.parameters, title).toEqual(other.parameters);
    }
    const values = ({ outcome }: CompactRun) =>
      outcome.rows.map(({ model, evalDomain, metric, k, value }) => [
        model,
        evalDomain,
        metric,
        k,
        value,
      ]);
    expect(values(again)).toEqual(values(run));
    const card = await exportCheckpoint(again.store, taken.meta.id);
    const readme = card.find(({ path }) => path === 'README.md')?.bytes;
    expect(new TextDecoder().decode(readme)).toContain(
      `Imported from a checkpoint's files (SHA-256 of their content: ${base.model.digest})`,
    );
  });

  it('can be trained further, and its digest is that of its content', async () => {
    const further = await runText(
      importText({}, '{ source: import, epochs: 1 }'),
      executor,
      newStore(),
      base,
    );
    const { meta, parameters } = await further.checkpoint('train base');
    expect(meta.steps).toBeGreaterThan(0);
    expect(parameters).not.toEqual((await run.checkpoint('train base')).parameters);
    expect(further.job('train base').settings).toMatchObject({ imported: base.model.digest });
    const other = await openBase(
      sources(await exportCheckpoint(further.store, further.job('train base').id)),
    );
    expect(other.model.digest).not.toBe(base.model.digest);
    expect((await openBase(sources(files))).model.digest).toBe(base.model.digest);
  });

  it('may be of more domains than are trained here', async () => {
    // The simulator's shop of Books does not depend on the one beside it.
    const alone = importText({ 'domains: [Games, Books]': 'domains: [Books]', [AVERAGE]: '' });
    const books = await runText(alone, executor, newStore(), base);
    const [own, other] = [
      await books.checkpoint('train Books phase2'),
      await run.checkpoint('train Books phase2'),
    ];
    expect(own.parameters).toEqual(other.parameters);
  });

  it('is inspected as any other start, small as it is', async () => {
    const machine = { profile: executor.profile, freeBytes: null };
    expect(await baseNeed(importText(), sources(files), machine)).toEqual({
      notes: [],
      faults: [],
    });
    const found = await inspectDocument(
      importText(),
      () => Promise.resolve(run.dataset),
      () => Promise.resolve([]),
      machine,
      base.model,
    );
    expect(found.ok ? found.notes : found.faults).toEqual([
      expect.stringMatching(/^Simulated from seed 1/),
      expect.stringMatching(/^Training needs up to /),
    ]);
    expect(found.ok && found.parameters).toBe(base.summary.parameters);
    expect(found.ok && found.jobs.filter(({ kind }) => kind === 'compact-base')).toMatchObject([
      { title: 'import base' },
    ]);
  });

  it('is described by its sizes and ids', () => {
    expect(describeBase(base.summary)).toMatch(
      /^compact semantic ids L1H16A2, 2 levels of 16 codes, ids of Games \(59 items\), Books \(\d+ items\), \d+ parameters$/,
    );
  });
});

describe('a compact base that does not fit', () => {
  const planned = (text: string, imported: OpenedBase | null = base) =>
    withImportedBase(experimentFrom(text), imported?.model ?? null);
  const refused = async (text: string, imported: OpenedBase | null = base) =>
    toAppError(await errorOf(() => planned(text, imported)));

  it.each([
    [
      { 'levels: 2, codes: 16': 'levels: 3, codes: 32' },
      'ids.levels is 3; that of the files 2; ids.codes is 32; that of the files 16',
    ],
    [
      { [FORM]: 'semanticId: { form: compact, trieLoss: false, prefixVectors: false }' },
      'semanticId.trieLoss is false; that of the files true; semanticId.prefixVectors is false; that of the files true',
    ],
    [
      { 'history: 8': 'history: 40' },
      'contexts.history takes 64 positions; the model of the files has 16',
    ],
  ])('to the document is refused with what differs: %j', async (replacements, what) => {
    const { code, message, hint, faults } = await refused(importText(replacements));
    expect(message).toBe(`The base does not fit the document: ${what}.`);
    expect(code).toBe('layout-mismatch');
    expect(hint).toMatch(/^Nothing was run\./);
    expect(faults.length).toBeGreaterThan(0);
  });

  it('in kind is refused, and so is none', async () => {
    expect((await refused(importText(), null)).code).toBe('data-missing');
    const titles = tinyWith({
      'base: { epochs: 1 }': `paradigm: title\nbase: ${IMPORT}`,
      [MODEL]: '',
    });
    expect((await refused(titles)).message).toBe(
      'The base is a model of compact ids; the document starts from a language model.',
    );
  });

  it('for a weight that is no number is refused while it is read', async () => {
    const damaged = files.map(({ path, bytes }) => {
      const own = bytes.slice();
      // The last value of the last tensor.
      if (path === 'model.safetensors') own.set([0, 0, 0xc0, 0x7f], own.length - 4);
      return bytesSource(path, own);
    });
    expect(toAppError(await errorOf(openBase(damaged))).code).toBe('non-finite');
  });

  it('to the ids of the data is a fault before the run, and never trained on', async () => {
    expect(inspectExperiment(planned(importText()), run.dataset).faults).toEqual([]);
    // The files' first item of Games has another code.
    const moved = await openBase(
      changed('semantic_ids.json', (text) =>
        text.replace(/<b_(\d+)>/, (_, code: string) => `<b_${String((Number(code) + 1) % 16)}>`),
      ),
    );
    const text = importText();
    const found = inspectExperiment(planned(text, moved), run.dataset).faults;
    expect(found).toHaveLength(2);
    expect(found[0]).toEqual({
      place: 'base.source',
      message: 'The ids of "Games" are not those of the base from files (differences: 1).',
    });
    expect(found[1]?.message).toMatch(/^has the id \d+ \d+; in the files \d+ \d+$/);
    const failed = toAppError(await errorOf(runText(text, executor, newStore(), moved)));
    expect(failed).toMatchObject({ code: 'data-invalid', faults: [found[1]] });
    expect(failed.hint).toMatch(/^Nothing was trained\./);
    // A cell knows the ids of its own domain alone.
    const cell = await openBase(
      sources(await exportCheckpoint(run.store, run.job('train Games phase2').id)),
    );
    const lacking = inspectExperiment(planned(text, cell), run.dataset).faults;
    expect(lacking.map(({ place, message }) => `${place}: ${message}`)).toEqual([
      'base.source: The ids of "Books" are not those of the base from files (differences: 1).',
      'Books: has no ids in the files, which have: Games',
    ]);
  });
});
