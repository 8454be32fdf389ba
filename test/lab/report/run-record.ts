import type { RunRecord } from '../../../src/lab/report/run-info.ts';
import type { ResultRow } from '../../../src/lab/results/results.ts';

/** A result row with everything but what a test cares about filled in. */
export function resultRow(changes: Partial<ResultRow>): ResultRow {
  return {
    runId: 'run1',
    modelId: 'id-games-p1',
    model: 'Games/p1',
    kind: 'cell',
    recipeHash: '',
    evalDomain: 'Games',
    evalPeriod: 'test',
    split: 'test',
    metric: 'recall',
    k: 10,
    value: 12.345,
    standardError: 0.678,
    nUsers: 210,
    seed: 1,
    tier: 'full',
    own: true,
    backend: 'webgpu',
    adapter: 'SwiftShader',
    engineVersion: '0.1.0',
    createdAt: '2026-01-02T03:04:05.000Z',
    ...changes,
  };
}

/** A small run: one domain, two stages, a merge and a baseline. */
export function runRecord(changes: Partial<RunRecord> = {}): RunRecord {
  const job = (stage: string) => ({
    id: `id-games-${stage}`,
    kind: 'train' as const,
    title: `train Games ${stage}`,
    inputs: [],
    cell: { domain: 'Games', stage },
    seed: 1,
    seconds: 3,
    cached: false,
  });
  return {
    info: {
      name: 'demo',
      document: 'name: demo\n',
      seeds: [1],
      adapter: {
        kind: 'webgpu',
        name: 'SwiftShader (software WebGPU)',
        isSoftware: true,
        vendor: 'google',
        architecture: 'swiftshader',
        description: '',
        features: [],
        limits: {},
      },
      adapterReason: '',
      engineVersion: '0.1.0',
      browser: 'Chromium 156',
      notes: ['Games: 1000 rows'],
      parameters: 123456,
      startedAt: '2026-01-02T03:04:05.000Z',
      finishedAt: '2026-01-02T03:06:05.000Z',
      seconds: 120,
    },
    rows: [
      resultRow({ model: 'Games/p1', modelId: 'id-games-p1', value: 10 }),
      resultRow({ model: 'Games/p2', modelId: 'id-games-p2', value: 14 }),
      resultRow({ model: 'ties', modelId: 'id-ties', kind: 'merge', recipeHash: 'abc', value: 13 }),
      resultRow({ model: 'most popular', modelId: 'popular', kind: 'baseline', value: 4 }),
    ],
    answers: { asked: [], models: [] },
    reference: null,
    differences: [],
    searches: [],
    shares: [],
    curves: [{ title: 'train Games p1', steps: [1, 2, 3], losses: [5, 4, 3] }],
    jobs: [job('p1'), job('p2')],
    ...changes,
  };
}
