import { describe, expect, it } from 'vitest';
import { readCheckpointFolder } from '../../../src/io/hf-checkpoint.ts';
import type { CheckpointMeta } from '../../../src/lab/checkpoints/checkpoint-meta.ts';
import { exportCheckpoint } from '../../../src/lab/export/export-checkpoint.ts';
import { modelCard } from '../../../src/lab/export/model-card.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { fromHfConfig } from '../../../src/nn/transformer/hf-config.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { fillArena } from '../../../src/nn/graph/parameter-table.ts';
import { parameterLayout } from '../../../src/nn/transformer/layout.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { faultsOfFolders } from '../../support/models/sound-folder.ts';

const CONFIG = {
  vocabSize: 12,
  width: 8,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  headWidth: 8,
  feedForward: 16,
  tied: true,
  qkNorm: true,
  normEps: 1e-6,
  ropeTheta: 1e6,
  maxPositions: 32,
};

const META: CheckpointMeta = {
  schema: 'mmgrid/1',
  id: 'c'.repeat(64),
  name: 'Games/phase1/seed1',
  kind: 'train',
  experiment: 'A <b>bold</b>\nname',
  engineVersion: '1.0',
  createdAt: '2026-01-02T00:00:00.000Z',
  adapter: { backend: 'cpu', name: 'CPU' },
  datasetDigest: 'd'.repeat(64),
  seed: 1,
  context: { domain: 'Games', stage: 'phase1' },
  config: CONFIG,
  vocabulary: { levels: 2, codes: 4 },
  semanticIds: { Games: 'ids-job' },
  settings: { optimizer: { epochs: 2 } },
  parents: [{ role: 'predecessor', id: 'p'.repeat(64), name: 'Games/pretrain/seed1' }],
  steps: 3,
  curve: { steps: [0, 1, 2], losses: [3, 2, 1.5], gradNorms: [1, 1, 1] },
};

async function storeWith(meta: CheckpointMeta) {
  const stored = new StoredResults(
    new CheckpointStore(new MemoryStore()),
    new ArtefactStore(new MemoryStore()),
    () => 0,
  );
  const parameters = initialParameters(CONFIG, 7);
  await stored.putCheckpoint(meta.id, { meta, parameters });
  await stored.putArtefact('ids-job', 'ids', {
    domain: 'Games',
    itemIds: ['chess', 'go'],
    ids: {
      levels: 2,
      codesPerLevel: 4,
      codes: Uint16Array.of(0, 3, 2, 1),
      collisions: 0,
      repaired: 0,
    },
  });
  return { stored, parameters };
}

describe('exported checkpoint', () => {
  it('is a folder whose weights and configuration read back as the same model', async () => {
    const { stored, parameters } = await storeWith(META);
    const files = await exportCheckpoint(stored, META.id);
    expect(await faultsOfFolders(files)).toEqual([]);
    expect(files.map(({ path }) => path).sort()).toEqual([
      'README.md',
      'config.json',
      'generation_config.json',
      'mmgrid.json',
      'model.safetensors',
      'semantic_ids.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const { config, tensors } = readCheckpointFolder(files);
    expect(fromHfConfig(config)).toEqual(CONFIG);
    expect(fillArena(parameterLayout(CONFIG), tensors)).toEqual(parameters);
  });

  it('names the items behind the tokens, and the tokens as the tokenizer does', async () => {
    const { stored } = await storeWith(META);
    const files = await exportCheckpoint(stored, META.id);
    const json = (path: string): unknown => {
      const file = files.find((candidate) => candidate.path === path);
      return JSON.parse(new TextDecoder().decode(file?.bytes));
    };
    expect(json('semantic_ids.json')).toEqual({
      levels: 2,
      codesPerLevel: 4,
      domains: { Games: { chess: ['<a_0>', '<b_3>'], go: ['<a_2>', '<b_1>'] } },
    });
    expect(json('tokenizer.json')).toMatchObject({ model: { vocab: { '<a_0>': 4, '<b_3>': 11 } } });
    expect(json('mmgrid.json')).toEqual(META);
    expect(json('generation_config.json')).toMatchObject({ max_new_tokens: 2 });
  });

  it('says when the checkpoint or its items are gone', async () => {
    const { stored } = await storeWith({ ...META, semanticIds: { Games: 'another-job' } });
    await expect(exportCheckpoint(stored, 'x')).rejects.toMatchObject({
      code: 'checkpoint-missing',
    });
    await expect(exportCheckpoint(stored, META.id)).rejects.toMatchObject({
      code: 'checkpoint-missing',
      message: expect.stringContaining('semantic ids Games') as string,
    });
  });
});

describe('model card', () => {
  it('gives lineage, data and settings, and lets no markup of a name through', () => {
    const card = modelCard(META);
    expect(card).toContain('predecessor: Games/pretrain/seed1');
    expect(card).toContain(META.datasetDigest);
    expect(card).toContain('"epochs": 2');
    expect(card).toContain('Last training loss (nats a token): 1.5000');
    expect(card).toContain('A \\<b\\>bold\\</b\\> name');
    expect(card).not.toContain('<b>');
  });

  it('says how each kind of model is opened', () => {
    const ids = modelCard(META);
    expect(ids).toContain('AutoModelForCausalLM.from_pretrained(folder)');
    expect(ids).toContain('An item is 2 tokens of 4 codes each');
    const text = { ...META, vocabulary: { levels: 0, codes: 0, text: 12 } };
    const titles = modelCard({ ...text, paradigm: 'title' });
    expect(titles).toContain('AutoModelForCausalLM');
    expect(titles).toContain('text-grounded');
    const embedding = modelCard({ ...text, paradigm: 'embedding' });
    expect(embedding).toContain('subfolder="item_encoder"');
    expect(embedding).toContain('AutoModel.from_pretrained');
    expect(`${titles}${embedding}`).not.toContain('An item is 0 tokens');
  });

  it('tags a merge as one', () => {
    expect(modelCard({ ...META, kind: 'merge', curve: null })).toContain('tags: [merge,');
    expect(modelCard(META)).not.toContain('[merge');
  });

  it('warns that a merge over domains holds id rows of no domain', () => {
    const merge: CheckpointMeta = { ...META, kind: 'merge', curve: null };
    const domains = { Games: 'ids-job', Books: 'other-ids-job' };
    expect(modelCard({ ...merge, semanticIds: domains })).toContain('Merged over domains');
    expect(modelCard(merge)).not.toContain('Merged over domains');
    expect(modelCard({ ...META, kind: 'base', semanticIds: domains })).not.toContain('Merged over');
  });
});
