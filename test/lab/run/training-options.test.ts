import { describe, expect, it } from 'vitest';
import type { CheckpointMeta } from '../../../src/lab/checkpoints/checkpoint-meta.ts';
import { parseExperiment } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { makesCheckpoint } from '../../../src/lab/jobs/job-list.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment, tinyWith } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const NOW = Date.UTC(2026, 0, 2);
const TRAINING = 'training:\n';
const MORE_EPOCHS = {
  'base: { epochs: 1 }': 'base: { epochs: 2 }',
  'pretrain: { epochs: 1 }': 'pretrain: { epochs: 4 }',
  'phase1: { epochs: 1 }': 'phase1: { epochs: 4 }',
};

/** The cells that are looked at, a first and a later stage. */
const CELLS = ['train Games pretrain', 'train Games phase1'];

const store = () => {
  const checkpoints = new CheckpointStore(new MemoryStore());
  return new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => NOW);
};

/** Runs the tiny experiment with more said of its training. @returns its cells and its notes */
async function run(training: string, results = store(), changes: Record<string, string> = {}) {
  const own = { ...MORE_EPOCHS, ...changes, [TRAINING]: `${TRAINING}  ${training}\n` };
  const experiment = tinyExperiment(own);
  const dataset = await datasetOf(experiment, null);
  const whole = await planExperiment(experiment, dataset.digest);
  // Only what is trained, and what that needs.
  const untrained = ['evaluate', 'merge', 'baseline'];
  const isNeeded = ({ kind, title }: { kind: string; title: string }) =>
    !untrained.includes(kind) && (kind !== 'train' || CELLS.includes(title));
  const plan = { ...whole, jobs: whole.jobs.filter(isNeeded) };
  const notes: string[] = [];
  const executor = await openWasm();
  await runPlan(plan, {
    ...{ experiment, dataset, executor, store: results },
    signal: new AbortController().signal,
    now: () => NOW,
    emit: (event) => {
      if (event.type === 'note') notes.push(event.text);
    },
  });
  const cells = new Map<string, { meta: CheckpointMeta; parameters: Float32Array }>();
  for (const job of plan.jobs.filter(makesCheckpoint)) {
    const stored = await results.getCheckpoint(job.id);
    if (stored !== null) cells.set(job.title, stored);
  }
  expect(executor.memory().liveBytes).toBe(0);
  return { cells, notes };
}

const cellOf = ({ cells }: Awaited<ReturnType<typeof run>>, title: string) => {
  const cell = cells.get(title);
  if (cell === undefined) throw new Error(`no cell "${title}"`);
  return cell;
};

describe('validation', () => {
  it('by users keeps the best epoch of base and cells, and tells so, also from the store', async () => {
    const results = store();
    const made = await run('validation: { by: users, share: 0.2, patience: 1 }', results);
    for (const title of ['train base', ...CELLS]) {
      const { meta } = cellOf(made, title);
      const { choice } = meta;
      if (choice === undefined) throw new Error(`${title} chose nothing`);
      const { values, epoch, trained, planned } = choice;
      expect(values).toHaveLength(trained + 1);
      expect(planned).toBe(title === 'train base' ? 2 : 4);
      expect(values[epoch]).toBe(Math.min(...values.slice(1)));
      // Patience 1: the first epoch that is no better ends the training.
      expect(trained).toBe(Math.min(planned, epoch + 1));
      const told = `epoch ${String(epoch)} of ${String(planned)}`;
      const own = made.notes.filter((text) => text.includes(meta.name) && text.includes(told));
      expect(own).toEqual([expect.stringContaining('held-out users')]);
    }
    const again = await run('validation: { by: users, share: 0.2, patience: 1 }', results);
    expect(again.notes).toEqual(made.notes);
  });

  it('by time chooses, too, and differs from training on everything', async () => {
    const made = await run('validation: { by: time, share: 0.2, patience: null }');
    const { meta, parameters } = cellOf(made, 'train Games pretrain');
    expect(meta.choice?.trained).toBe(4);
    expect(parameters).not.toEqual(
      cellOf(await run('recompute: true'), 'train Games pretrain').parameters,
    );
  });

  it('by the window of the contexts takes nothing from the stages before it', async () => {
    const changes = {
      'test: { start': 'validation: { start: 2024-06-01, end: 2024-07-01 }\n  test: { start',
    };
    const made = await run('validation: { by: window, patience: null }', store(), changes);
    const plain = await run('recompute: true', store(), changes);
    const chosen = cellOf(made, 'train Games pretrain');
    const all = cellOf(plain, 'train Games pretrain');
    expect(chosen.meta.choice?.trained).toBe(4);
    if (chosen.meta.choice?.epoch === 4) expect(chosen.parameters).toEqual(all.parameters);
    expect(made.notes.some((text) => text.includes('the validation window'))).toBe(true);
  });

  it('without anybody held out keeps the last epoch and says so', async () => {
    const made = await run('validation: { by: users, share: 0.001 }');
    const { meta } = cellOf(made, 'train Games phase1');
    expect(meta.choice).toBeUndefined();
    expect(made.notes).toContainEqual(expect.stringContaining('nobody among held-out users'));
  });
});

describe('averaging', () => {
  it('with the stage before is our linear merge of both, for later stages alone', async () => {
    const plain = await run('schedule: constant');
    const averaged = await run('schedule: constant\n  average: { before: 0.25 }');
    const first = 'train Games pretrain';
    expect(cellOf(averaged, first).parameters).toEqual(cellOf(plain, first).parameters);
    const before = cellOf(plain, first).parameters;
    const after = cellOf(plain, 'train Games phase1').parameters;
    const got = cellOf(averaged, 'train Games phase1').parameters;
    const want = before.map((value, i) => 0.25 * value + 0.75 * (after[i] ?? NaN));
    const worst = got.reduce((most, value, i) => {
      return Math.max(most, Math.abs(value - (want[i] ?? NaN)));
    }, 0);
    expect(worst).toBeLessThan(1e-6);
    expect(got).not.toEqual(after);
  });

  it('of the newest epochs is told', async () => {
    const made = await run('average: { epochs: 2 }\n  validation: { by: users, share: 0.2 }');
    const { choice } = cellOf(made, 'train Games pretrain').meta;
    expect(choice?.averaged).toBe(Math.min(2, choice?.epoch ?? 0));
  });
});

describe('other options of training', () => {
  it('each change what is trained', async () => {
    const title = 'train Games pretrain';
    const plain = cellOf(await run('recompute: true'), title).parameters;
    for (const option of [
      'dropout: 0.2',
      'dropout: { attention: 0.2 }',
      'sequencesPerBatch: 7',
      'schedule: constant',
      'decay: [norms]\n  weightDecay: 0.5',
    ]) {
      expect(cellOf(await run(option), title).parameters, option).not.toEqual(plain);
    }
  });

  it('say of a warm-up what does not fit', async () => {
    const more = { 'warmupSteps: 2': 'warmupSteps: 5000' };
    const cut = await run('recompute: false', store(), more);
    expect(cut.notes).toContainEqual(
      expect.stringMatching(/warm-up of 5000 steps is cut to \d+, a quarter of the \d+ steps/),
    );
    const whole = await run('schedule: cosine', store(), more);
    expect(whole.notes).toContainEqual(
      expect.stringMatching(
        /warm-up of 5000 steps takes all \d+ steps of a training: .* never reaches its peak/,
      ),
    );
  });

  it('are absent from jobs where a document leaves them at their defaults', async () => {
    const digests = async (training: string) => {
      const text = tinyWith({ [TRAINING]: `${TRAINING}  ${training}\n` });
      const parsed = parseExperiment(text);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
      const plan = await planExperiment(parsed.experiment, 'digest');
      return plan.jobs.map(({ id }) => id);
    };
    const plain = await digests('recompute: false');
    for (const same of ['dropout: 0', 'average: { epochs: 1 }', 'clipNorm: 1']) {
      expect(await digests(same), same).toEqual(plain);
    }
    expect(await digests('clipNorm: none')).toEqual(await digests('clipNorm: 0'));
    expect(await digests('clipNorm: none')).not.toEqual(plain);
  });
});

describe('paradigms of texts', () => {
  const BASE = 'base: { source: text, tokens: 384, textTokens: 8, epochs: 3 }';
  const OPTIONS =
    'average: { before: 0.5 }\n  validation: { by: users, share: 0.2, patience: null }';

  it.each([
    ['semantic ids', 'tasks: { alignment: 0.5 }'],
    ['titles', 'paradigm: title\ntitle: { positions: 32, titleTokens: 6, maxTokens: 6 }'],
    ['embeddings', 'paradigm: embedding\nembedding: { negatives: 8, sequencesPerBatch: 8 }'],
  ])('%s choose epochs of the language model and of cells', async (_, paradigm) => {
    const changes = { 'base: { epochs: 1 }': `${BASE}\n${paradigm}` };
    const made = await run(OPTIONS, store(), changes);
    for (const title of ['train language model', 'train Games pretrain', 'train Games phase1']) {
      const { choice } = cellOf(made, title).meta;
      if (choice === undefined) throw new Error(`${title} chose nothing`);
      expect(choice.trained).toBe(title === 'train language model' ? 3 : 4);
      expect(choice.values[choice.epoch]).toBe(Math.min(...choice.values.slice(1)));
    }
  });

  it('embeddings choose by NDCG, too, as their evaluation masks', async () => {
    const base = `${BASE.replace('epochs: 3', 'epochs: 1')}\nparadigm: embedding`;
    const options = 'validation: { by: users, share: 0.3, patience: null, metric: ndcg }';
    const chosen = async (more: string) => {
      const section = `embedding: { negatives: 8, sequencesPerBatch: 8${more} }`;
      const changes = { 'base: { epochs: 1 }': `${base}\n${section}` };
      const { choice } = cellOf(await run(options, store(), changes), 'train Games pretrain').meta;
      if (choice === undefined) throw new Error('nothing was chosen');
      expect(choice.isHighest).toBe(true);
      expect(choice.values[choice.epoch]).toBe(Math.max(...choice.values.slice(1)));
      expect(Math.max(...choice.values)).toBeGreaterThan(0);
      return choice.values;
    };
    const masked = await chosen('');
    expect(await chosen(', maskHistory: true')).toEqual(masked);
    expect(await chosen(', maskHistory: false')).not.toEqual(masked);
  });

  it('embeddings take dropout, a mask and the batch’s targets, absent at their defaults', async () => {
    const title = 'train Games pretrain';
    const base = `${BASE.replace('epochs: 3', 'epochs: 1')}\nparadigm: embedding`;
    const trained = async (section: string, option = 'recompute: false') => {
      const changes = { 'base: { epochs: 1 }': `${base}\nembedding: { ${section} }` };
      return cellOf(await run(option, store(), changes), title);
    };
    const sizes = 'negatives: 8, sequencesPerBatch: 8, falseNegative: -1';
    const plain = await trained(sizes);
    const same = await trained(`${sizes}, mask: cosine, inBatch: false, itemVectors: none`);
    expect(same.meta.id).toBe(plain.meta.id);
    // Nothing is further away than a cosine of -1: all is masked.
    expect(plain.meta.curve?.losses.every((loss) => loss === 0)).toBe(true);
    expect(plain.meta.curve?.closeShares?.every((share) => share === 1)).toBe(true);
    const byItem = await trained(`${sizes}, mask: item`);
    expect(byItem.meta.curve?.losses.some((loss) => loss > 0)).toBe(true);
    const auto = await trained(`${sizes}, mask: auto`);
    expect(auto.parameters).toEqual(byItem.parameters);
    expect((await trained(`${sizes}, mask: item, inBatch: true`)).parameters).not.toEqual(
      byItem.parameters,
    );
    const dropped = await trained(`${sizes}, mask: item`, 'dropout: 0.2');
    expect(dropped.parameters).not.toEqual(byItem.parameters);
  });

  it('have keys that mean nothing to encoders', () => {
    const changes = {
      'base: { epochs: 1 }': `${BASE}\nparadigm: embedding`,
      [TRAINING]: `${TRAINING}  sequencesPerBatch: 8\n`,
    };
    const parsed = parseExperiment(tinyWith(changes));
    expect(parsed.ok ? [] : parsed.faults.map(({ message }) => message)).toEqual([
      expect.stringContaining('use embedding.sequencesPerBatch'),
    ]);
  });
});

describe('compact semantic ids', () => {
  const COMPACT = { 'base: { epochs: 1 }': 'base: { epochs: 2 }\nsemanticId: { form: compact }' };

  it('are validated, averaged and dropped like other models', async () => {
    const options =
      'dropout: 0.2\n  sequencesPerBatch: 16\n  average: { epochs: 2, before: 0.5 }\n  validation: { by: users, share: 0.2, patience: null }';
    const made = await run(options, store(), COMPACT);
    for (const title of ['train base', 'train Games pretrain', 'train Games phase1']) {
      const { choice } = cellOf(made, title).meta;
      if (choice === undefined) throw new Error(`${title} chose nothing`);
      expect(choice.trained).toBe(choice.planned);
      expect(choice.averaged).toBe(Math.min(2, choice.epoch));
      expect(choice.values[choice.epoch]).toBe(Math.min(...choice.values.slice(1)));
    }
    const ranked = 'validation: { by: users, share: 0.3, patience: null, metric: ndcg }';
    const { choice } = cellOf(await run(ranked, store(), COMPACT), 'train Games pretrain').meta;
    expect(choice?.isHighest).toBe(true);
    expect(choice?.values[choice.epoch]).toBe(Math.max(...(choice?.values.slice(1) ?? [])));
    expect(choice?.values.every((value) => value >= 0 && value <= 100)).toBe(true);
    const plain = await run('recompute: true', store(), COMPACT);
    const dropped = await run('dropout: 0.2', store(), COMPACT);
    const title = 'train Games pretrain';
    expect(cellOf(dropped, title).parameters).not.toEqual(cellOf(plain, title).parameters);
  });
});

describe('a document', () => {
  const faultsOf = (training: string) => {
    const parsed = parseExperiment(tinyWith({ [TRAINING]: `${TRAINING}  ${training}\n` }));
    return parsed.ok ? [] : parsed.faults.map(({ message }) => message);
  };

  it('refuses a dropout that leaves nothing, and windows that it does not have', () => {
    expect(faultsOf('dropout: 1')).toEqual([
      expect.stringContaining('a dropout of 1 leaves nothing to train on'),
    ]);
    expect(faultsOf('dropout: { residual: 1 }')).toEqual([
      expect.stringContaining('a dropout of 1 leaves nothing to train on'),
    ]);
    expect(faultsOf('validation: { by: window }')).toEqual([
      expect.stringContaining('window needs contexts.validation'),
    ]);
    expect(faultsOf('validation: { by: users, metric: ndcg }')).toEqual([
      expect.stringContaining('only compact semantic ids and embeddings are ranked'),
    ]);
    expect(faultsOf('validation: { by: test }')).toHaveLength(1);
    expect(faultsOf('clipNorm: most')).toHaveLength(1);
    expect(faultsOf('clipNorm: -1')).toEqual([expect.stringContaining('must be none, or between')]);
    expect(faultsOf('decay: [everything]')).toHaveLength(1);
  });
});
