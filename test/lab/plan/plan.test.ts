import { describe, expect, it } from 'vitest';
import { inputIds, type Job } from '../../../src/lab/job/job.ts';
import { planExperiment, type Plan } from '../../../src/lab/plan/plan.ts';
import { tinyExperiment } from '../document/documents.ts';

const DIGEST = 'a'.repeat(64);

function planOf(replacements: Readonly<Record<string, string>> = {}, digest = DIGEST) {
  return planExperiment(tinyExperiment(replacements), digest);
}

/** Titles of the jobs of `changed` that `original` does not have. */
function newJobs(original: Plan, changed: Plan): string[] {
  const known = new Set(original.jobs.map(({ id }) => id));
  return changed.jobs.filter(({ id }) => !known.has(id)).map(({ title }) => title);
}

function byTitle(plan: Plan, title: string): Job {
  const job = plan.jobs.find((candidate) => candidate.title === title);
  if (job === undefined) throw new Error(`no job "${title}"`);
  return job;
}

describe('plan', () => {
  it('has every job of the grid, the merges, the evaluations and the baselines', async () => {
    const { jobs } = await planOf();
    const counts = new Map<string, number>();
    for (const { kind } of jobs) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({
      prepare: 2,
      baseline: 2,
      ids: 2,
      base: 1,
      train: 6,
      // average, ties, the mean that ties starts from, one velocity a domain
      merge: 5,
      // (base + 6 cells + 4 evaluated merges) on 2 domains
      evaluate: 22,
    });
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(jobs.length);
    expect(jobs.every(({ id }) => /^[0-9a-f]{64}$/.test(id))).toBe(true);
  });

  it('keeps the validation window out of training and measures every own context on it', async () => {
    const test = 'test: { start: 2024-07-01, end: 2024-10-01 }';
    const window = 'validation: { start: 2024-06-01, end: 2024-07-01 }';
    const plain = await planOf();
    const plan = await planOf({ [test]: `${test}\n  ${window}` });
    const endOf = (one: Plan, title: string) => {
      const job = byTitle(one, title);
      return job.kind === 'train' ? new Date(job.settings.stage.endMs).toISOString() : '';
    };
    expect(endOf(plan, 'train Games phase1')).toBe(endOf(plain, 'train Games phase1'));
    expect(endOf(plan, 'train Games phase2')).toBe('2024-06-01T00:00:00.000Z');
    const validations = plan.jobs.filter(
      (job) => job.kind === 'evaluate' && job.settings.split === 'validation',
    );
    // base on two domains, six cells, and the five places that merges are made for
    expect(validations).toHaveLength(2 + 6 + 6);
    expect(validations.every((job) => job.kind === 'evaluate' && job.label.own)).toBe(true);
    expect(plan.jobs.length - plain.jobs.length).toBe(validations.length);
  });

  it('puts every job after its inputs', async () => {
    const { jobs } = await planOf();
    const seen = new Set<string>();
    for (const job of jobs) {
      expect(
        inputIds(job.inputs).filter((id) => !seen.has(id)),
        job.title,
      ).toEqual([]);
      seen.add(job.id);
    }
  });

  it('chains the cells of a domain from the base', async () => {
    const plan = await planOf();
    const parents = ['pretrain', 'phase1', 'phase2'].map((stage) => {
      const job = byTitle(plan, `train Books ${stage}`);
      return job.kind === 'train' ? job.inputs.parent : '';
    });
    expect(parents).toEqual([
      byTitle(plan, 'train base').id,
      byTitle(plan, 'train Books pretrain').id,
      byTitle(plan, 'train Books phase1').id,
    ]);
  });

  it('merges the right checkpoints and restores the evaluated domain’s id rows', async () => {
    const plan = await planOf();
    const games = byTitle(plan, 'train Games phase2').id;
    const books = byTitle(plan, 'train Books phase2').id;
    expect(byTitle(plan, 'merge ties').inputs).toEqual({
      base: byTitle(plan, 'mean of pretrain').id,
      models: [games, books],
    });
    expect(byTitle(plan, 'merge velocity (Games)').inputs).toEqual({
      base: null,
      models: [byTitle(plan, 'train Games phase1').id, games],
    });
    expect(byTitle(plan, 'evaluate ties on Books').inputs).toMatchObject({ rows: books });
    expect(byTitle(plan, 'evaluate velocity (Games) on Games').inputs).toMatchObject({
      rows: null,
    });
    expect(byTitle(plan, 'evaluate Games/phase2 on Books').inputs).toMatchObject({ rows: null });
  });

  it('makes one merge a domain when the base belongs to a domain', async () => {
    const plan = await planOf({ 'base: pretrain-mean': 'base: pretrain' });
    for (const domain of ['Games', 'Books']) {
      expect(byTitle(plan, `merge ties (${domain})`).inputs).toMatchObject({
        base: byTitle(plan, `train ${domain} pretrain`).id,
      });
    }
  });

  it.each(['mmgrid_ties', 'mmgrid_weighted', 'mmgrid_task_arithmetic'])(
    'gives %s the evaluated domain last, in one merge a domain',
    async (method) => {
      const base = method === 'mmgrid_task_arithmetic' ? '' : ', base: pretrain-mean';
      const plan = await planOf({
        'method: ties, base: pretrain-mean': `method: ${method}${base}`,
      });
      const games = byTitle(plan, 'train Games phase2').id;
      const books = byTitle(plan, 'train Books phase2').id;
      const mean = base === '' ? null : byTitle(plan, 'mean of pretrain').id;
      for (const [domain, models] of [
        ['Games', [books, games]],
        ['Books', [games, books]],
      ] as const) {
        const merged = byTitle(plan, `merge ties (${domain})`);
        expect(merged.inputs).toEqual({ base: mean, models });
        expect(byTitle(plan, `evaluate ties (${domain}) on ${domain}`).inputs).toMatchObject({
          model: merged.id,
          rows: models[1],
        });
      }
    },
  );

  it('is the same for the same experiment, however it is written', async () => {
    const plan = await planOf();
    const again = await planOf({ 'name: tiny': 'name: other', 'beam: 20, ': '' });
    expect(again).toEqual(plan);
    expect(plan.runId).toMatch(/^[0-9a-f]{12}$/);
  });

  it('numbers jobs of several seeds separately, baselines and preparing once', async () => {
    const one = await planOf();
    const two = await planOf({ 'seeds: [1]': 'seeds: [1, 2]' });
    const chain = one.jobs.filter(({ kind }) => kind !== 'prepare' && kind !== 'baseline').length;
    expect(newJobs(one, two)).toHaveLength(chain);
    expect(two.jobs).toHaveLength(one.jobs.length + chain);
    expect(two.checkpoints.map(({ name }) => name)).toContain('Games/phase2/seed2');
  });

  it('leaves the cross matrix and the baselines out when told so', async () => {
    const { jobs } = await planOf({ 'maxUsers: 8': 'crossMatrix: false, baselines: false' });
    const evaluations = jobs.filter(({ kind }) => kind === 'evaluate');
    expect(evaluations).toHaveLength(2 + 6 + 4 + 2);
    expect(evaluations.every((job) => job.kind === 'evaluate' && job.label.own)).toBe(true);
    expect(jobs.filter(({ kind }) => kind === 'baseline')).toEqual([]);
  });
});

describe('a changed setting changes the ids of affected jobs only:', () => {
  it.each<[string, Record<string, string>, (title: string) => boolean]>([
    ['a merge parameter', { 'alpha: 0.05': 'alpha: 0.1' }, (title) => title.includes('velocity')],
    ['a merge base', { 'base: pretrain-mean': 'base: base' }, (title) => title.includes('ties')],
    ['the name of a merge', { 'name: ties': 'name: renamed' }, () => false],
    [
      'the training of the last stage',
      { 'phase2: { epochs: 1 }': 'phase2: { epochs: 2 }' },
      (title) =>
        !/^(prepare|semantic|baselines|train base|mean of)/.test(title) &&
        !/(base|pretrain|phase1)( on|$)/.test(title),
    ],
    [
      'the training of the first stage',
      { 'pretrain: { epochs: 1 }': 'pretrain: { epochs: 2 }' },
      (title) => !/^(prepare|semantic|baselines|train base|evaluate base)/.test(title),
    ],
    [
      'the width of the model',
      { 'width: 16': 'width: 32' },
      (title) => !/^(prepare|semantic|baselines)/.test(title),
    ],
    ['the codes', { 'codes: 16': 'codes: 8' }, (title) => !/^(prepare|baselines)/.test(title)],
    ['the number of beams', { 'beam: 20': 'beam: 30' }, (title) => title.startsWith('evaluate')],
    [
      'the users of the cross matrix',
      { 'crossUsers: 4': 'crossUsers: 5' },
      (title) => /Games.* on Books|Books.* on Games/.test(title),
    ],
    [
      'the test window',
      { 'end: 2024-10-01': 'end: 2024-09-01' },
      (title) => /^(evaluate|baselines)/.test(title),
    ],
    ['the filter', { 'minCount: 1': 'minCount: 2' }, () => true],
  ])('%s', async (_what, replacements, isAffected) => {
    const original = await planOf();
    const changed = await planOf(replacements);
    const expected = changed.jobs.map(({ title }) => title).filter(isAffected);
    expect(newJobs(original, changed)).toEqual(expected);
  });

  it('the data', async () => {
    const original = await planOf();
    const changed = await planOf({}, 'b'.repeat(64));
    expect(newJobs(original, changed)).toHaveLength(original.jobs.length);
  });
});
