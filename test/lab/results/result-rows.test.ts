import { describe, expect, it } from 'vitest';
import type { BaselineArtefact, EvaluationArtefact } from '../../../src/lab/results/artefacts.ts';
import type { Job } from '../../../src/lab/job/job.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { baselineRows, evaluationRows } from '../../../src/lab/work/result-rows.ts';
import { tinyExperiment } from '../document/documents.ts';

const ORIGIN = {
  backend: 'webgpu',
  adapter: 'Test adapter',
  engineVersion: '1.0',
  createdAt: '2026-01-02T03:04:05.000Z',
};
const METRIC = { metric: 'recall', k: 10, value: 12.5, standardError: 1.5, n: 8 } as const;

const plan = await planExperiment(tinyExperiment(), 'a'.repeat(64));

function job<Kind extends Job['kind']>(kind: Kind, title: string): Job & { readonly kind: Kind } {
  const found = plan.jobs.find((candidate) => candidate.title === title);
  if (found?.kind !== kind) throw new Error(`no ${kind} "${title}"`);
  return found as Job & { readonly kind: Kind };
}

function rowOf(title: string, capped = false) {
  const artefact: EvaluationArtefact = { metrics: [METRIC], capped, ranks: [], origin: ORIGIN };
  return evaluationRows('run', job('evaluate', title), artefact)[0];
}

describe('result rows', () => {
  it('carry model, context, metric and origin', () => {
    expect(rowOf('evaluate Games/phase1 on Games')).toEqual({
      runId: 'run',
      modelId: job('train', 'train Games phase1').id,
      model: 'Games/phase1',
      kind: 'cell',
      recipeHash: '',
      evalDomain: 'Games',
      evalPeriod: 'test',
      split: 'test',
      metric: 'recall',
      k: 10,
      value: 12.5,
      standardError: 1.5,
      nUsers: 8,
      seed: 1,
      tier: 'full',
      own: true,
      ...ORIGIN,
    });
  });

  it.each([
    ['evaluate Games/phase1 on Books', false],
    ['evaluate base on Books', true],
    ['evaluate ties on Books', true],
    ['evaluate velocity (Games) on Games', true],
    ['evaluate velocity (Games) on Books', false],
  ])('%s: own = %s', (title, own) => {
    expect(rowOf(title)?.own).toBe(own);
  });

  it('name the recipe of a merge', () => {
    expect(rowOf('evaluate ties on Books')).toMatchObject({
      kind: 'merge',
      model: 'ties',
      recipeHash: job('merge', 'merge ties').id.slice(0, 12),
    });
  });

  it('call a cross evaluation of some of the users a probe', () => {
    expect(rowOf('evaluate Games/phase1 on Books', true)?.tier).toBe('probe');
    expect(rowOf('evaluate Games/phase1 on Books', false)?.tier).toBe('full');
    expect(rowOf('evaluate Games/phase1 on Games', true)?.tier).toBe('full');
  });

  it('list each baseline as a model of its own', () => {
    const artefact: BaselineArtefact = {
      baselines: [
        { name: 'most popular', metrics: [METRIC] },
        { name: 'co-occurrence', metrics: [{ ...METRIC, value: 20 }] },
      ],
      capped: false,
      origin: ORIGIN,
    };
    const rows = baselineRows('run', job('baseline', 'baselines Books'), artefact);
    expect(rows.map(({ model, value, kind, seed }) => [model, value, kind, seed])).toEqual([
      ['most popular', 12.5, 'baseline', 0],
      ['co-occurrence', 20, 'baseline', 0],
    ]);
  });
});
