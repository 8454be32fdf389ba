import { describe, expect, it } from 'vitest';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { inspectExperiment } from '../../../src/lab/inspection/inspect-experiment.ts';
import type { Dataset } from '../../../src/rec/data/types.ts';
import { tinyExperiment } from '../document/documents.ts';

const simulated = await datasetOf(tinyExperiment(), null);

function inspect(replacements: Readonly<Record<string, string>> = {}, dataset = simulated) {
  return inspectExperiment(tinyExperiment(replacements), dataset);
}

describe('data inspection', () => {
  it('counts the contexts and finds no leak in the simulated data', () => {
    const { contexts, leaks, faults } = inspect();
    expect(faults).toEqual([]);
    expect(leaks).toBe(0);
    expect(contexts.map(({ domain }) => domain)).toEqual(['Games', 'Books']);
    for (const { periods, interactions } of contexts) {
      expect(periods.map(({ name }) => name)).toEqual(['pretrain', 'phase1', 'phase2', 'test']);
      expect(periods.reduce((sum, period) => sum + period.interactions, 0)).toBe(interactions);
      expect(periods.every(({ samples }) => samples > 0)).toBe(true);
    }
  });

  it('says which domain the data lack', () => {
    const dataset: Dataset = { ...simulated, domains: simulated.domains.slice(0, 1) };
    const { faults, contexts } = inspect({}, dataset);
    expect(faults[0]).toMatchObject({
      place: 'data Books',
      message: expect.stringContaining('The data have no domain "Books".') as string,
    });
    expect(contexts).toHaveLength(1);
  });

  it('says which domain has no test user', () => {
    const { faults } = inspect({ '2024-07-01, end: 2024-10-01': '2034-07-01, end: 2034-10-01' });
    expect(faults.map(({ place }) => place)).toEqual(['data Games', 'data Books']);
    expect(faults[0]?.message).toContain('no test user');
  });

  it('says which stage trains on nothing', () => {
    const { faults } = inspect({
      'end: 2024-07-01': 'end: 2024-04-02',
      '- { name: phase2, start: 2024-04-01': '- { name: phase2, start: 2024-04-01T12:00',
    });
    expect(faults.some(({ message }) => message.includes('"phase2"'))).toBe(true);
  });

  it('says when the ids cannot name all items', () => {
    const { faults } = inspect({ 'codes: 16': 'codes: 7', 'beam: 20, ': '' });
    expect(faults.map(({ place }) => place)).toEqual(['ids.codes', 'ids.codes']);
    expect(faults[0]?.message).toContain('2 levels of 7 codes cannot name');
  });

  it('says when the titles that the ids need are missing', () => {
    const domains = simulated.domains.map((log) => ({ ...log, titles: null }));
    const { faults } = inspect({}, { ...simulated, domains });
    expect(faults.map(({ place }) => place)).toEqual(['ids.features', 'ids.features']);
  });

  it('notes items whose prefix has no code left, before anything runs', () => {
    expect(inspect().notes).toEqual([]);
    const domains = simulated.domains.map((log) => ({
      ...log,
      titles: log.itemIds.map((_, item) => (item < 40 ? 'Gift Card' : `thing ${String(item)}`)),
    }));
    const { notes, faults } = inspect(
      { 'features: both': 'features: tfidf' },
      { ...simulated, domains },
    );
    expect(faults).toEqual([]);
    expect(notes).toHaveLength(2);
    expect(notes[0]).toMatch(
      /^Games: (\d+) of 59 items found all 16 codes of their last level taken and moved .*\(\1 at level 1\)/,
    );
  });

  it('notes given ids that cannot tell all items apart', () => {
    const domains = simulated.domains.map((log) => ({
      ...log,
      givenIds: log.itemIds.map(() => [1, 1]),
    }));
    const replaced = { 'features: both': 'features: file' };
    expect(inspect(replaced, { ...simulated, domains }).notes).toHaveLength(2);
    const small = { ...replaced, 'codes: 16': 'codes: 7', 'beam: 20, ': '' };
    expect(inspect(small, { ...simulated, domains }).notes[1]).toMatch(
      /^Warning: Games: 10 of 59 items can never be recommended: 11 items share an id/,
    );
  });

  it('notes what the filter drops', () => {
    const { notes } = inspect({ 'minCount: 1': 'minCount: 9' });
    expect(notes.some((note) => /^Games: the filter keeps \d+ of \d+/.test(note))).toBe(true);
  });
});

describe('data of an experiment', () => {
  it('are the same for the same document', async () => {
    expect((await datasetOf(tinyExperiment(), null)).digest).toBe(simulated.digest);
  });

  it('are asked for when they come from files', async () => {
    const files = tinyExperiment({
      'source: simulator\n  usersPerDomain: 40\n  itemsPerDomain: 60\n  interactionsPerUser: 12':
        'importer: amazon-reviews',
    });
    await expect(datasetOf(files, null)).rejects.toMatchObject({ code: 'data-missing' });
    await expect(datasetOf(files, simulated)).resolves.toBe(simulated);
  });
});
