import { describe, expect, it } from 'vitest';
import { readCheckpointFolder } from '../../../src/io/hf-checkpoint.ts';
import { parseExperiment } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { exportCheckpoint } from '../../../src/lab/export/export-checkpoint.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment, tinyWith } from '../document/documents.ts';
import { faultsOfFolders } from '../../support/models/sound-folder.ts';
import { checkLists } from '../../support/lab/check-lists.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const BASE = 'base: { source: text, tokens: 384, textTokens: 8, epochs: 1 }';
const TITLE = {
  'base: { epochs: 1 }': `${BASE}\nparadigm: title\ntitle: { positions: 32, titleTokens: 6, samples: 2, maxTokens: 6 }`,
};
const EMBEDDING = {
  'base: { epochs: 1 }': `${BASE}\nparadigm: embedding\nembedding: { negatives: 8, sequencesPerBatch: 8 }`,
};
const IDS_OF_BASE = { 'base: { epochs: 1 }': BASE, 'features: both': 'features: base' };

async function runOf(replacements: Readonly<Record<string, string>>) {
  const experiment = tinyExperiment(replacements);
  const dataset = await datasetOf(experiment, null);
  const plan = await planExperiment(experiment, dataset.digest);
  const checkpoints = new CheckpointStore(new MemoryStore());
  const store = new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => 0);
  const executor = await openWasm();
  const { signal } = new AbortController();
  const options = { experiment, dataset, executor, store, signal, now: () => 0, emit: () => 0 };
  const { rows } = await runPlan(plan, options);
  await checkLists({ experiment, dataset, plan, store }, executor);
  expect(executor.memory().liveBuffers).toBe(0);
  executor.destroy();
  const idOf = (title: string) => plan.jobs.find((job) => job.title === title)?.id ?? '';
  return { plan, store, rows, idOf };
}

describe('paradigms', () => {
  it.each([
    ['titles', TITLE],
    ['titles grounded by the base', { ...TITLE, ...withGrounding() }],
    ['embeddings', EMBEDDING],
    ['ids of the base’s vectors', IDS_OF_BASE],
  ] as const)(
    '%s: every cell and merge is trained and ranked from the one language model, and can be asked',
    async (_, replacements) => {
      const { rows, store, idOf } = await runOf(replacements);
      const models = new Set(rows.map(({ model }) => model));
      for (const model of [
        'Games/pretrain',
        'Books/phase2',
        'average',
        'ties',
        'velocity (Games)',
      ]) {
        expect(models).toContain(model);
      }
      expect(rows.every(({ value }) => value >= 0 && value <= 100)).toBe(true);
      const cell = await store.getCheckpoint(idOf('train Books phase1'));
      expect(cell?.meta.steps).toBeGreaterThan(0);
      const files = await exportCheckpoint(store, idOf('train Books phase1'));
      expect(await faultsOfFolders(files)).toEqual([]);
      // Transformers must not take two encoders for a language model and draw what it misses.
      const isEmbedding = cell?.meta.paradigm === 'embedding';
      for (const folder of isEmbedding ? ['item_encoder/', 'user_encoder/'] : ['']) {
        const own = files.filter(({ path }) => path.startsWith(folder));
        const { tensors, config } = readCheckpointFolder(own);
        expect(tensors.size).toBeGreaterThan(10);
        expect(tensors.has('model.embed_tokens.weight')).toBe(!isEmbedding);
        const architecture = isEmbedding ? 'Qwen3Model' : 'Qwen3ForCausalLM';
        expect(config['architectures']).toEqual([architecture]);
      }
      expect(files.some(({ path }) => path === 'config.json')).toBe(!isEmbedding);
    },
  );

  it('share the language model: the same jobs whatever the paradigm', async () => {
    const shared = await Promise.all(
      [TITLE, EMBEDDING, { 'base: { epochs: 1 }': BASE }].map(async (replacements) => {
        const { jobs } = await planExperiment(tinyExperiment(replacements), 'a'.repeat(64));
        return jobs.filter(({ kind }) => kind === 'tokenizer' || kind === 'language-model');
      }),
    );
    const [first, ...others] = shared.map((jobs) => jobs.map(({ id }) => id));
    expect(first).toHaveLength(2);
    for (const ids of others) expect(ids).toEqual(first);
  });

  it('a section of another paradigm, or a base without texts, is a fault', () => {
    const faults = (replacement: string) => {
      const parsed = parseExperiment(tinyWith({ 'base: { epochs: 1 }': replacement }));
      return parsed.ok ? [] : parsed.faults.map(({ message }) => message);
    };
    expect(faults('paradigm: title')).toEqual([
      'must be text: the paradigm title starts from a model of texts.',
    ]);
    expect(faults(`${BASE}\nparadigm: embedding\ntitle: { samples: 3 }`)).toEqual([
      'means nothing for the paradigm embedding.',
    ]);
    expect(faults(`${BASE}\nparadigm: title\ntitle: { positions: 32, titleTokens: 20 }`)).toEqual([
      'two titles of 20 tokens need 43 positions.',
    ]);
  });
});

function withGrounding() {
  const [text = ''] = Object.values(TITLE);
  return { 'base: { epochs: 1 }': text.replace('samples: 2', 'samples: 2, grounding: base') };
}
