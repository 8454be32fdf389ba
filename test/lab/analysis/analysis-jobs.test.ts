import { beforeAll, describe, expect, it } from 'vitest';
import type { AnalysisResult } from '../../../src/lab/analysis/analysis-result.ts';
import { tablesOf } from '../../../src/lab/analysis/analysis-tables.ts';
import type { RunEvent } from '../../../src/lab/job/events.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { parseExperiment, experimentFrom } from '../../../src/lab/document/experiment.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan, type PlanOutcome } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { documentText } from '../document/documents.ts';
import { openWasm } from '../../support/machine/wasm.ts';

const NOW = Date.UTC(2026, 0, 2);
const ANALYSIS = `
analysis:
  - { name: conflict, kind: task-vectors, models: [Games/phase2, Books/phase2] }
  - { name: conflict replaced, kind: task-vectors, base: pretrain-mean, trim: 0.5, models: [Games/phase2, Books/phase2] }
  - { name: there, kind: path, models: [Games/phase2, Games/pretrain], evaluate: [Games], points: 5, users: 10 }
  - { name: back, kind: path, models: [Games/pretrain, Games/phase2], evaluate: [Games], points: 5, users: 10 }
  - { name: between, kind: path, models: [Games/phase2, Books/phase2], points: 3, users: 10 }
  - { name: plane, kind: plane, models: [Games/pretrain, Games/phase1, Games/phase2], evaluate: [Games], points: 3, users: 10 }
  - { name: weights, kind: weight-regression, k: 5, metric: recall }
  - { name: weights drawn, kind: weight-regression, k: 5, metric: recall, bootstrap: 100 }
`;
const VELOCITIES = [-0.5, 0, 0.1].map(
  (alpha) =>
    `  - { name: v ${alpha}, over: periods, method: velocity, stages: [phase1, phase2], parameters: { alpha: ${alpha} } }\n`,
);
const TEXT =
  documentText('tiny').replace(/^merges:\n/m, `merges:\n${VELOCITIES.join('')}`) + ANALYSIS;

describe('the analysis section of a run', () => {
  const events: RunEvent[] = [];
  let outcome: PlanOutcome;

  beforeAll(async () => {
    const experiment = experimentFrom(TEXT);
    const dataset = await datasetOf(experiment, null);
    const plan = await planExperiment(experiment, dataset.digest);
    const executor = await openWasm();
    const store = new StoredResults(
      new CheckpointStore(new MemoryStore()),
      new ArtefactStore(new MemoryStore()),
      () => NOW,
    );
    outcome = await runPlan(plan, {
      experiment,
      dataset,
      executor,
      store,
      signal: new AbortController().signal,
      now: () => NOW,
      emit: (event) => events.push(event),
    });
    expect(executor.memory().liveBuffers).toBe(0);
  }, 120_000);

  function resultOf(name: string): AnalysisResult {
    const found = outcome.analyses.find((result) => result.name === name);
    if (found === undefined) throw new Error(`no analysis ${name}`);
    return found;
  }

  function lossesOf(name: string, domain = 'Games'): readonly number[] {
    const { value } = resultOf(name);
    if (value.kind !== 'path') throw new Error(`${name} is no path`);
    return value.curves.find((curve) => curve.domain === domain)?.losses ?? [];
  }

  it('tells its watchers every result once', () => {
    const told = events.flatMap((event) => (event.type === 'analysis' ? [event.result] : []));
    expect(told).toEqual(outcome.analyses);
    expect(told.map(({ name }) => name).sort()).toEqual([
      'back',
      'between',
      'conflict',
      'conflict replaced',
      'plane',
      'there',
      'weights',
      'weights drawn',
    ]);
  });

  it('counts signs of the body only, from either base', () => {
    for (const name of ['conflict', 'conflict replaced']) {
      const { value } = resultOf(name);
      if (value.kind !== 'task-vectors') throw new Error('no task vectors');
      expect(value.table.tensors.some((tensor) => /embed|lm_head/.test(tensor.name))).toBe(false);
      for (const { size, signs } of value.table.tensors) {
        expect(signs.same + signs.conflict + signs.zero + signs.first + signs.other).toBe(size);
      }
      expect(value.spectra.length).toBeGreaterThan(0);
      const [first] = value.spectra;
      const tensor = value.table.tensors.find((one) => one.name === first?.tensor);
      const squares = first?.values[0]?.reduce((sum, s) => sum + s * s, 0) ?? NaN;
      expect(squares / (tensor?.gram[0]?.[0] ?? NaN)).toBeCloseTo(1, 4);
    }
  });

  it('reports the cosine of what a trim keeps beside that of the whole vectors', () => {
    const [pairs] = tablesOf(resultOf('conflict replaced'));
    const { value } = resultOf('conflict replaced');
    if (value.kind !== 'task-vectors') throw new Error('no task vectors');
    const product = (i: number, j: number) =>
      value.table.tensors.reduce((sum, one) => sum + (one.trimmedGram?.[i]?.[j] ?? NaN), 0);
    const expected = product(1, 0) / Math.sqrt(product(0, 0) * product(1, 1));
    expect(pairs?.header.at(-1)).toBe('cosine_trimmed');
    expect(pairs?.rows[0]?.at(-1)).toBeCloseTo(expected, 12);
    expect(pairs?.rows[0]?.at(-1)).not.toBeCloseTo(Number(pairs?.rows[0]?.[2]), 3);
    expect(tablesOf(resultOf('conflict'))[0]?.header).not.toContain('cosine_trimmed');
  });

  it('measures the same loss at the same place, from whichever side', () => {
    const there = lossesOf('there');
    expect(there).toHaveLength(5);
    expect(lossesOf('back').toReversed()).toEqual(
      there.map((loss): unknown => expect.closeTo(loss, 4)),
    );
    const { value } = resultOf('plane');
    if (value.kind !== 'plane') throw new Error('no plane');
    const [pretrain, , phase2] = value.corners;
    expect(pretrain?.losses[0]).toBeCloseTo(there[4] ?? NaN, 4);
    expect(phase2?.losses[0]).toBeCloseTo(there[0] ?? NaN, 4);
    expect(value.surfaces[0]?.losses.flat()).toHaveLength(9);
    // A trained model is better than its start: the probe looks at what was learnt.
    expect(there[0]).toBeLessThan(Math.log(64));
  });

  it('gives other domains the id rows of the one that is evaluated', () => {
    const games = lossesOf('between', 'Games');
    const own = lossesOf('there');
    expect(games[0]).toBeCloseTo(own[0] ?? NaN, 4);
    expect(lossesOf('between', 'Books')).toHaveLength(3);
    expect(games[2]).not.toBeCloseTo(lossesOf('between', 'Books')[2] ?? NaN, 3);
  });

  it('regresses as many contexts as there are, and says when that is too few', () => {
    const { value, seed } = resultOf('weights');
    if (value.kind !== 'weight-regression') throw new Error('no regression');
    expect(seed).toBe(0);
    expect(value.points.map(({ domain }) => domain)).toEqual(['Games', 'Books']);
    for (const point of value.points) {
      expect([-0.5, 0, 0.1, 0.05]).toContain(point.weight);
      expect(point.stageShares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    }
    expect(value.fit.n).toBe(2);
  });

  it('draws users again, and measures choosing on those who did not choose', () => {
    const { value } = resultOf('weights drawn');
    const plain = resultOf('weights').value;
    if (value.kind !== 'weight-regression' || plain.kind !== 'weight-regression') {
      throw new Error('no regression');
    }
    for (const [at, { resampled, ...point }] of value.points.entries()) {
      expect(point).toEqual(plain.points[at]);
      expect(resampled?.gain.n).toBe(8);
      // Of 8 users one more hit is 12.5 %; nobody gains more than all.
      expect(Math.abs(resampled?.gain.value ?? NaN)).toBeLessThanOrEqual(100);
      expect(resampled?.low).toBeLessThanOrEqual(resampled?.mean ?? NaN);
      expect(resampled?.high).toBeGreaterThanOrEqual(resampled?.mean ?? NaN);
    }
    const [contexts] = tablesOf(resultOf('weights drawn'));
    expect(contexts?.header).toContain('cross_fitted_gain');
  });

  it('writes tables whose rows have the width of their header', () => {
    for (const result of outcome.analyses) {
      for (const { header, rows, id } of tablesOf(result)) {
        expect(rows.length, `${result.name} ${id}`).toBeGreaterThan(0);
        for (const row of rows) expect(row.length).toBe(header.length);
      }
    }
  });
});

describe('faults of the analysis section', () => {
  const faultsOf = (entry: string): string[] => {
    const parsed = parseExperiment(`${documentText('tiny')}\nanalysis:\n  - ${entry}\n`);
    return parsed.ok ? [] : parsed.faults.map(({ place, message }) => `${place}: ${message}`);
  };

  it.each([
    ['{ name: a, kind: task-vectors, models: [Games/phase9] }', /no model "Games\/phase9"/],
    [
      '{ name: a, kind: task-vectors, models: [Games/phase2], base: nowhere }',
      /no model "nowhere"/,
    ],
    ['{ name: a, kind: path, models: [Games/phase2] }', /exactly two models/],
    ['{ name: a, kind: path, models: [base, base] }', /named twice/],
    [
      '{ name: a, kind: plane, models: [base, Games/phase1, Games/phase2], evaluate: [Toys] }',
      /Toys/,
    ],
    ['{ name: a, kind: weight-regression, k: 7 }', /cut-offs/],
    ['{ name: a, kind: weight-regression, merges: [nothing] }', /not a merge over periods/],
    ['{ name: a, kind: weight-regression, bootstrap: 100 }', /at least two merges/],
    ['{ name: a, kind: nothing }', /kind/],
  ])('%s', (entry, expected) => {
    expect(faultsOf(entry).join('\n')).toMatch(expected);
  });

  it('asks for the newest stage as it is where choosing is compared with it', () => {
    const merges = (alphas: readonly number[]) =>
      documentText('tiny').replace(
        /^merges:\n/m,
        `merges:\n${alphas.map((alpha) => `  - { name: w ${String(alpha)}, over: periods, method: velocity, parameters: { alpha: ${String(alpha)} } }\n`).join('')}`,
      ) + '\nanalysis:\n  - { name: a, kind: weight-regression, bootstrap: 100 }\n';
    const parsed = parseExperiment(merges([-0.5]));
    const faults = parsed.ok ? [] : parsed.faults.map(({ message }) => message);
    expect(faults.join()).toMatch(/add a merge by velocity with alpha: 0/);
    expect(parseExperiment(merges([-0.5, 0])).ok).toBe(true);
  });
});
