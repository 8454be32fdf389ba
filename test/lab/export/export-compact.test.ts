import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import { bytesSource } from '../../../src/io/byte-source.ts';
import type { FolderFile } from '../../../src/io/hf-checkpoint.ts';
import { exportCheckpoint } from '../../../src/lab/export/export-checkpoint.ts';
import { compactConfigOf } from '../../../src/lab/paradigms/semantic-id/compact/compact-config.ts';
import { asArtefact, idsArtefact } from '../../../src/lab/results/artefacts.ts';
import { importCompact } from '../../../src/rec/checkpoints/import-compact.ts';
import { compactText, runText, type CompactRun } from '../paradigms/compact-documents.ts';

let executor: Executor;
let run: CompactRun;

beforeAll(async () => {
  executor = await createWasmExecutor();
  run = await runText(compactText(), executor);
}, 120_000);

afterAll(() => {
  executor.destroy();
});

const exported = (title: string) => exportCheckpoint(run.store, run.job(title).id);
const sources = (files: readonly FolderFile[]) =>
  files.map(({ path, bytes }) => bytesSource(path, bytes));
const textOf = (files: readonly FolderFile[], path: string) =>
  new TextDecoder().decode(files.find((file) => file.path === path)?.bytes);
/** The files with one of them changed. */
const changed = (files: readonly FolderFile[], path: string, change: (text: string) => string) =>
  sources(files).map((file) =>
    file.path === path
      ? bytesSource(path, new TextEncoder().encode(change(textOf(files, path))))
      : file,
  );

describe('an exported compact model', () => {
  it('reads back as the same model, with the ids of its domain', async () => {
    const files = await exported('train Games phase2');
    expect(files.map(({ path }) => path).sort()).toEqual([
      'README.md',
      'config.json',
      'mmgrid.json',
      'model.safetensors',
      'semantic_ids.json',
    ]);
    const { meta, parameters } = await run.checkpoint('train Games phase2');
    const read = await importCompact(sources(files));
    expect(read.config).toEqual(compactConfigOf(meta));
    expect(read.parameters).toEqual(parameters);
    const stored: unknown = await run.store.getArtefact(run.job('semantic ids Games').id);
    const { ids, itemIds } = asArtefact(idsArtefact, stored, 'ids');
    expect([...read.ids.keys()]).toEqual(['Games']);
    const games = read.ids.get('Games');
    expect(games?.size).toBe(itemIds.length);
    itemIds.forEach((item, at) => {
      expect(games?.get(item)).toEqual([...ids.codes.subarray(2 * at, 2 * at + 2)]);
    });
  });

  it('has a card that says what it is, and that its last level is one vector an item', async () => {
    const card = textOf(await exported('train Games phase2'), 'README.md');
    expect(card).toContain('library_name: safetensors');
    expect(card).toContain('Compact semantic ids, one position an item');
    expect(card).toContain('one vector an item beside its codes');
    expect(card).toContain('probabilities of all items add up to 1');
    expect(card).toContain('Last training loss (nats an item)');
    expect(card).not.toContain('Transformers');
    expect(card).not.toContain('vocabulary');
    const merged = textOf(await exported('merge average'), 'README.md');
    expect(merged).toContain('`code_embeddings.weight`, and `prefix_vectors.weight`');
    expect(merged).toContain('body that domains share');
    const bare = compactText({
      'semanticId: { form: compact }':
        'semanticId: { form: compact, trieLoss: false, prefixVectors: false }',
    });
    const other = await runText(bare, executor);
    const id = other.job('train Games pretrain').id;
    const words = textOf(await exportCheckpoint(other.store, id), 'README.md');
    expect(words).toContain('no vectors of prefixes');
    expect(words).toContain('softmax over all codes of the level');
    expect(words).not.toContain('one vector an item');
  });

  it.each([
    ['config.json', (text: string) => text.replace('mmgrid-compact-ids', 'qwen3'), 'model_type'],
    [
      'config.json',
      (text: string) => text.replace('"id_levels": 2', '"id_levels": 0'),
      'id_levels',
    ],
    [
      'config.json',
      (text: string) => text.replace('"hidden_size": 16', '"hidden_size": 24'),
      'code_embeddings',
    ],
    [
      'config.json',
      (text: string) => text.replace('"trie_loss": true', '"trie_loss": 1'),
      'trie_loss',
    ],
    [
      'config.json',
      (text: string) => text.replace(/"num_hidden_layers": \d+/, '"num_hidden_layers": 1000000'),
      'num_hidden_layers must be a whole number from 1 to 1024',
    ],
    [
      'config.json',
      (text: string) => text.replace(/"id_levels": \d+/, '"id_levels": 1000000'),
      'id_levels must be a whole number from 1 to 6',
    ],
    [
      'config.json',
      (text: string) => text.replace(/"num_prefixes": \d+/, '"num_prefixes": 1000000000'),
      'num_prefixes must be a whole number from 1 to 16777216',
    ],
    ['semantic_ids.json', (text: string) => text.replace('<a_', '<q_'), 'is no id of 2 levels'],
    ['semantic_ids.json', () => '{}', 'must be an object of domains'],
  ])('is refused with its fault: %s, %s', async (path, change, message) => {
    const files = changed(await exported('train Games phase2'), path, change);
    const read = importCompact(files);
    await expect(read).rejects.toMatchObject({
      hint: expect.stringContaining('Nothing') as string,
    });
    const error = await read.catch((thrown: unknown) => thrown);
    const { faults } = error as { faults: readonly { place: string; message: string }[] };
    expect(faults.map((fault) => `${fault.place} ${fault.message}`).join('\n')).toContain(message);
  });
});
