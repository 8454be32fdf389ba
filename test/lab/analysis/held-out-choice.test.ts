import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { chooseInGroups } from '../../../src/lab/analysis/grouped-choice.ts';
import { tablesOf } from '../../../src/lab/analysis/analysis-tables.ts';
import { experimentFrom, parseExperiment } from '../../../src/lab/document/experiment.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { documentText } from '../document/documents.ts';

const stream = (name: string) => new RandomStream(1, name);
const all = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('the best of a group, chosen by others', () => {
  it('is worth what it is worth where everybody agrees, contexts counting alike', () => {
    // Two contexts of 4 and 12 users; the second candidate of each group is better everywhere.
    const users = (values: readonly [number, number]) => [
      all(4).map(() => values[0]),
      all(12).map(() => values[1]),
    ];
    const [first, second] = chooseInGroups(
      [
        { name: 'a', values: [users([1, 1]), users([10, 20])] },
        { name: 'b', values: [users([2, 2]), users([12, 26])] },
      ],
      stream('agree'),
    );
    expect(first).toMatchObject({ name: 'a', best: 1, flattered: 15, difference: null });
    expect(first?.shares[0]).toBe(0);
    expect(first?.shares[1]).toBeCloseTo(1, 12);
    expect(first?.own.value).toBeCloseTo(15, 12);
    expect(first?.own.standardError).toBeCloseTo(0, 9);
    expect(first?.own.n).toBe(16);
    expect(second?.difference?.value).toBeCloseTo(4, 12);
    expect(second?.difference?.standardError).toBeCloseTo(0, 9);
  });

  it('has the paired error of a difference: Σ over contexts of s² / n, by the number of contexts', () => {
    const base = [all(5).map((u) => u * 10), all(7).map((u) => u * u)];
    const gains = [
      [1, 2, 3, 4, 5],
      [0, 0, 7, 0, 0, 0, 0],
    ];
    const better = base.map((own, d) => own.map((value, u) => value + (gains[d]?.[u] ?? NaN)));
    const [, second] = chooseInGroups(
      [
        { name: 'a', values: [base] },
        { name: 'b', values: [better] },
      ],
      stream('paired'),
    );
    // Means 3 and 1; s² / n = 2.5 / 5 and 7 / 7.
    expect(second?.difference?.value).toBeCloseTo(2, 12);
    expect(second?.difference?.standardError).toBeCloseTo(Math.sqrt(0.5 + 1) / 2, 12);
  });

  it('is worth nothing where there is only noise, however well the best one looks', () => {
    const random = stream('noise');
    const noise = (candidates: number) =>
      all(candidates).map(() => [all(100).map(() => random.nextNormal())]);
    const gains = all(40).map((repeat) => {
      const groups = [
        { name: 'one', values: noise(1) },
        { name: 'many', values: noise(16) },
      ];
      const [, many] = chooseInGroups(groups, stream(String(repeat)));
      return { own: many?.own.value ?? NaN, flattered: many?.flattered ?? NaN };
    });
    const mean = (key: 'own' | 'flattered') => gains.reduce((sum, one) => sum + one[key], 0) / 40;
    expect(Math.abs(mean('own'))).toBeLessThan(0.06);
    expect(mean('flattered')).toBeGreaterThan(0.12);
  });
});

const GROUPS = `
analysis:
  - name: bases
    kind: held-out-choice
    metric: recall
    k: 20
    groups:
      - { name: plain, merges: [average] }
      - { name: trimmed, merges: [ties, ties 0.9] }
`;
const TEXT =
  documentText('tiny').replace(
    /^merges:\n/m,
    'merges:\n  - { name: ties 0.9, over: domains, method: ties, base: pretrain-mean, parameters: { density: 0.9 } }\n',
  ) + GROUPS;

describe('a choice among merges of a document', () => {
  it('is made of what the test users were answered', async () => {
    const experiment = experimentFrom(TEXT);
    const dataset = await datasetOf(experiment, null);
    const plan = await planExperiment(experiment, dataset.digest);
    const store = new StoredResults(
      new CheckpointStore(new MemoryStore()),
      new ArtefactStore(new MemoryStore()),
      () => 0,
    );
    const { rows, analyses } = await runPlan(plan, {
      experiment,
      dataset,
      executor: createCpuExecutor(),
      store,
      signal: new AbortController().signal,
      now: () => 0,
      emit: () => undefined,
    });
    const [result] = analyses;
    if (result?.value.kind !== 'held-out-choice') throw new Error('no choice');
    const { groups, domains } = result.value;
    expect(domains).toEqual(['Games', 'Books']);
    // A group of one has no choice: it is what the results say of it, on all of its users.
    const own = rows.filter(
      ({ model, metric, k, evalDomain }) =>
        model === 'average' && metric === 'recall' && k === 20 && domains.includes(evalDomain),
    );
    const mean = own.reduce((sum, { value }) => sum + value, 0) / own.length;
    expect(own).toHaveLength(2);
    expect(groups[0]?.own.value).toBeCloseTo(mean, 9);
    expect(groups[0]?.flattered).toBeCloseTo(mean, 9);
    const [plain, trimmed] = groups;
    expect(trimmed?.difference?.value).toBeCloseTo(
      (trimmed?.own.value ?? NaN) - (plain?.own.value ?? NaN),
      9,
    );
    expect(trimmed?.ofSeeds).toEqual([expect.closeTo(trimmed?.difference?.value ?? NaN, 9)]);
    for (const { header, rows: lines } of tablesOf(result)) {
      for (const line of lines) expect(line.length).toBe(header.length);
    }
  }, 120_000);

  it.each([
    ['merges: [average]', 'merges: [nothing]', /"nothing" is not a merge/],
    ['name: trimmed', 'name: plain', /named twice/],
    ['k: 20\n    groups', 'k: 7\n    groups', /cut-offs/],
    ['merges: [average]', 'merges: []', /at least one merge/],
    ['merges: [average]', 'merges: [average, average]', /named twice/],
    [
      '{ name: average, over: domains, method: simple_average }',
      '{ name: average, over: domains, method: simple_average, evaluate: [Games] }',
      /same domains measure/,
    ],
  ])('refuses %s → %s', (from, to, message) => {
    expect(TEXT).toContain(from);
    const parsed = parseExperiment(TEXT.replace(from, to));
    const faults = parsed.ok ? [] : parsed.faults.map((fault) => fault.message);
    expect(faults.join('\n')).toMatch(message);
  });
});
