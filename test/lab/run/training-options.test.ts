import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../src/lab/document/experiment.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { tinyWith } from '../document/documents.ts';
import { TRAINING, CELLS, store, run, cellOf } from './training-runs.ts';

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
