import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { experimentFrom } from '../../../src/lab/document/experiment.ts';
import { documentText, tinyWith } from './documents.ts';
import { SHORT, faultsOf } from './document-lines.ts';

describe('experiment document', () => {
  it.each(['demo', 'amazon-two-domains', 'amazon-all-positions', 'movielens-genres', 'tiny'])(
    'accepts %s.yaml',
    (name) => {
      expect(faultsOf(documentText(name))).toEqual([]);
    },
  );

  it('fills a short document with defaults', () => {
    const experiment = experimentFrom(SHORT);
    expect(experiment.contexts.domains).toEqual(['Games', 'Books']);
    expect(experiment.contexts).toMatchObject({
      history: 30,
      minEarlier: 4,
      maxPretrainTargets: 5,
      filter: { minCount: 5, startMs: null },
      test: { name: 'test', startMs: Date.UTC(2024, 0, 1), endMs: Date.UTC(2024, 3, 1) },
    });
    expect(experiment.contexts.stages[0]).toMatchObject({
      name: 'pretrain',
      startMs: Date.UTC(2023, 0, 1),
      training: { epochs: 3, score: 'targets' },
    });
    expect(experiment.seeds).toEqual([1]);
    expect(experiment.evaluation.cutoffs).toEqual([5, 10, 20]);
  });

  it('reads JSON as well as YAML, to the same experiment', () => {
    const json = JSON.stringify(parse(tinyWith()), null, 2);
    expect(experimentFrom(json)).toEqual(experimentFrom(tinyWith()));
  });

  it('resolves the defaults of a merge', () => {
    const { merges } = experimentFrom(tinyWith());
    expect(merges).toEqual([
      {
        over: 'domains',
        name: 'average',
        method: 'simple_average',
        parameters: {},
        domains: ['Games', 'Books'],
        stage: 'phase2',
        base: null,
        evaluate: ['Games', 'Books'],
      },
      expect.objectContaining({ name: 'ties', base: 'pretrain-mean', stage: 'phase2' }),
      expect.objectContaining({ name: 'velocity', stages: ['phase1', 'phase2'], base: null }),
    ]);
  });

  it('reads dates with a time and a zone', () => {
    const text = tinyWith({ 'end: 2024-10-01': 'end: "2024-10-01T02:00+02:00"' });
    expect(experimentFrom(text).contexts.test.endMs).toBe(Date.UTC(2024, 9, 1));
  });
});
