import type { Inspection, StepProfile } from '../../../workers/lab/api.ts';
import type { JobSummary, RunEvent, SessionReport } from '../../../src/lab/job/events.ts';
import type { ResultRow } from '../../../src/lab/results/results.ts';
import { initialState, type AppEvent, type AppState } from '../../../src/ui/state/state.ts';
import { reduce } from '../../../src/ui/state/reduce.ts';
import { MODEL_ROLES } from './model-roles.ts';

/** States for rendering tests and the gallery, all made by the real reducer from real event shapes. */
export const SAMPLE_TEXT = `schema: mmgrid-experiment/1
name: demo
data:
  source: simulator # invented shops
  usersPerDomain: 300
  itemsPerDomain: 240
contexts:
  domains: [Games, Books]
  stages:
    - { name: pretrain, start: 2023-01-01, end: 2024-01-01 }
    - { name: phase1, start: 2024-01-01, end: 2024-04-01 }
    - { name: phase2, start: 2024-04-01, end: 2024-07-01 }
  test: { start: 2024-07-01, end: 2024-10-01 }
merges:
  - { name: average, over: domains, method: simple_average, stage: phase2 }
  - name: TIES (base = mean of pretrain)
    over: domains
    method: ties
    stage: phase2
    base: pretrain-mean
    parameters: { density: 0.2, lambda: 1 }
  - name: velocity
    over: periods
    method: velocity
    stages: [phase1, phase2]
    parameters: { alpha: 0.05 }
`;

const DOMAINS = ['Games', 'Books'] as const;
const STAGES = ['pretrain', 'phase1', 'phase2'] as const;
const MERGES = [
  'average',
  'TIES (base = mean of pretrain)',
  'velocity (Games)',
  'velocity (Books)',
];

export const SAMPLE_REPORT: SessionReport = {
  profile: {
    kind: 'webgpu',
    name: 'SwiftShader (software WebGPU)',
    isSoftware: true,
    vendor: 'google',
    architecture: 'swiftshader',
    description: 'SwiftShader Device',
    features: [],
    limits: {},
  },
  choice: 'auto',
  reason: '',
  hint: '',
};

export const CPU_REPORT: SessionReport = {
  profile: { ...SAMPLE_REPORT.profile, kind: 'cpu', name: 'CPU (TypeScript)', isSoftware: true },
  choice: 'auto',
  reason: 'The browser offers no WebGPU adapter.',
  hint: 'Turn on hardware acceleration in the browser settings, then reload the page.',
};

export const SAMPLE_JOBS: readonly JobSummary[] = [
  ...DOMAINS.map((domain) => job('prepare', `prepare ${domain}`, [])),
  ...DOMAINS.map((domain) => job('ids', `semantic ids ${domain}`, [`prepare ${domain}`])),
  job(
    'base',
    'train base',
    DOMAINS.map((domain) => `semantic ids ${domain}`),
  ),
  ...DOMAINS.flatMap((domain) =>
    STAGES.map((stage, index) => ({
      ...job('train', `train ${domain} ${stage}`, [
        `prepare ${domain}`,
        index === 0 ? 'train base' : `train ${domain} ${STAGES[index - 1] ?? ''}`,
      ]),
      cell: { domain, stage },
    })),
  ),
  ...MERGES.map((name) =>
    job(
      'merge',
      `merge ${name}`,
      DOMAINS.map((domain) => `train ${domain} phase2`),
    ),
  ),
  ...DOMAINS.map((domain) => job('baseline', `baselines ${domain}`, [`prepare ${domain}`])),
];

export const SAMPLE_INSPECTION: Inspection & { ok: true } = {
  ok: true,
  name: 'demo',
  jobs: SAMPLE_JOBS,
  models: [],
  finished: [],
  contexts: DOMAINS.map((domain, index) => ({
    domain,
    users: 300 - 7 * index,
    items: 240 - index,
    interactions: 4812 - 113 * index,
    periods: [...STAGES, 'test'].map((name, stage) => ({
      name,
      interactions: [2713, 702, 688, 709][stage] ?? 0,
      users: [298, 262, 251, 260][stage] ?? 0,
      items: [219, 231, 236, 238][stage] ?? 0,
      samples: [1322, 640, 655, 246][stage] ?? 0,
      newItemShare: [1, 0.061, 0.028, 0.012][stage] ?? 0,
    })),
    cumulative: [
      { month: '2023-12', share: 0.25 },
      { month: '2024-01', share: 0.5 + index / 8 },
      { month: '2024-02', share: 1 },
    ],
  })),
  leaks: 0,
  parameters: 88_832,
  notes: [],
};

/** Document checked, nothing run. */
export function readyState(report: SessionReport = SAMPLE_REPORT): AppState {
  return apply(initialState(SAMPLE_TEXT, 'demo'), [
    { type: 'ui-session', report },
    { type: 'ui-inspected', text: SAMPLE_TEXT, inspection: SAMPLE_INSPECTION },
  ]);
}

/** In the middle of the third cell. */
export function trainingState(): AppState {
  return apply(readyState(), [
    { type: 'ui-run-requested', started: { text: SAMPLE_TEXT, inspection: SAMPLE_INSPECTION } },
    { type: 'plan', jobs: SAMPLE_JOBS },
    ...SAMPLE_JOBS.slice(0, 7).flatMap((summary) => finishedJob(summary)),
    { type: 'job-started', jobId: 'train Games phase2' },
    {
      type: 'job-progress',
      jobId: 'train Games phase2',
      done: 21,
      total: 48,
      unit: 'steps',
      rate: 6.4,
    },
    loss('train Games phase2', 21, 2.1),
    {
      type: 'results',
      rows: rowsOf('Games/pretrain', 'cell', 0).concat(rowsOf('base', 'base', 3)),
    },
    { type: 'memory', memory: { liveBytes: 18_400_000, peakBytes: 21_000_000, liveBuffers: 74 } },
  ]);
}

/** Everything finished, all tables filled. */
export function doneState(): AppState {
  return apply(readyState(), [
    { type: 'ui-run-requested', started: { text: SAMPLE_TEXT, inspection: SAMPLE_INSPECTION } },
    { type: 'plan', jobs: SAMPLE_JOBS },
    ...SAMPLE_JOBS.flatMap((summary) => finishedJob(summary)),
    { type: 'results', rows: SAMPLE_ROWS },
    { type: 'memory', memory: { liveBytes: 2_400_000, peakBytes: 21_000_000, liveBuffers: 9 } },
    { type: 'finished', seconds: 131.4 },
  ]);
}

/** A document with faults and a run that failed. */
export function faultyState(): AppState {
  const faults = [
    { place: 'contexts.stages[1].end (line 11:44)', message: 'ends before it starts' },
    { place: 'merges[1].method (line 16:5)', message: 'There is no method "tise".' },
  ];
  return apply(trainingState(), [
    {
      type: 'job-failed',
      jobId: 'train Games phase2',
      error: {
        code: 'non-finite',
        message: 'The loss is not a number at step 22.',
        hint: 'Lower the learning rate of phase2.',
      },
    },
    {
      type: 'ui-run-failed',
      problem: {
        code: 'non-finite',
        message: 'Training Games/phase2 stopped: the loss is not a number at step 22.',
        hint: 'Finished cells are stored. Lower the learning rate of phase2 and continue.',
        faults: [],
      },
    },
    { type: 'ui-inspected', text: SAMPLE_TEXT, inspection: { ok: false, faults } },
  ]);
}

/** Ready, with the profile of a step. */
export function profiledState(): AppState {
  const kernels = [
    {
      kernel: 'matmul_nt',
      shape: 'M 1024, N 192, K 64',
      calls: 14,
      ms: 12,
      flops: 6e8,
      bytes: 1e8,
    },
    { kernel: 'adamw', shape: 'length 88832', calls: 1, ms: 8, flops: 0, bytes: 4e7 },
  ];
  const profile: StepProfile = {
    profile: {
      program: 'train 16x64',
      executor: 'webgpu',
      adapter: SAMPLE_REPORT.profile.name,
      method: 'timestamps',
      runs: 20,
      dispatches: 62,
      ms: 20,
      wallMs: 21.5,
      kernels,
    },
    ceilings: { flopsPerSecond: 1e11, bytesPerSecond: 2e10 },
    batch: 16,
    length: 64,
  };
  return apply(readyState(), [{ type: 'ui-profile', profile }]);
}

export function apply(state: AppState, events: readonly AppEvent[]): AppState {
  return events.reduce(reduce, state);
}

export const SAMPLE_ROWS: readonly ResultRow[] = [
  ...rowsOf('base', 'base', 2),
  ...DOMAINS.flatMap((domain) =>
    STAGES.flatMap((stage, index) => rowsOf(`${domain}/${stage}`, 'cell', index)),
  ),
  ...MERGES.flatMap((name, index) => rowsOf(name, 'merge', index)),
  ...['most popular', 'most popular (last period)', 'item co-occurrence'].flatMap((name, index) =>
    rowsOf(name, 'baseline', index),
  ),
];

function rowsOf(model: string, kind: ResultRow['kind'], rank: number): ResultRow[] {
  return DOMAINS.flatMap((evalDomain, place) =>
    (['recall', 'ndcg', 'mrr'] as const).flatMap((metric, m) =>
      [5, 10, 20].map((k): ResultRow => {
        const own =
          kind === 'base' ||
          kind === 'baseline' ||
          (kind === 'merge' && !model.includes('(')) ||
          model.includes(evalDomain) ||
          model.startsWith('TIES');
        const level = own ? 18 + 3.1 * rank - 2 * place : 4.2 + rank;
        const value = ((kind === 'baseline' ? 0.72 : 1) * level * (1 - 0.35 * m) * (2 + k)) / 12;
        return {
          runId: 'sample',
          modelId: model.includes('/') ? `train ${model.replace('/', ' ')}` : model,
          model,
          kind,
          recipeHash: '',
          evalDomain,
          evalPeriod: 'test',
          split: 'test',
          metric,
          k,
          value,
          standardError: value / 9,
          nUsers: own ? 246 : 100,
          seed: 1,
          tier: 'full',
          own,
          backend: 'webgpu',
          adapter: 'sample',
          engineVersion: '1.0',
          createdAt: '2026-11-22T00:00:00.000Z',
        };
      }),
    ),
  );
}

function finishedJob(summary: JobSummary): RunEvent[] {
  const trains = summary.kind === 'train' || summary.kind === 'base';
  return [
    { type: 'job-started', jobId: summary.id },
    ...(trains
      ? [
          loss(
            summary.id,
            summary.kind === 'base' ? 120 : 60,
            3.6 - 0.07 * SAMPLE_JOBS.indexOf(summary),
          ),
        ]
      : []),
    { type: 'job-done', jobId: summary.id, cached: summary.kind === 'ids', seconds: 9.7 },
  ];
}

function loss(jobId: string, steps: number, level: number): RunEvent {
  const list = Array.from({ length: steps }, (_, index) => index + 1);
  return {
    type: 'loss',
    jobId,
    steps: list,
    losses: list.map(
      (step) => level * (0.55 + 0.6 * Math.exp(-step / 18)) + 0.06 * Math.sin(step * 2.3),
    ),
    gradNorms: list.map((step) => 1 + Math.cos(step) / 4),
  };
}

function job(kind: JobSummary['kind'], title: string, inputs: readonly string[]): JobSummary {
  return { id: title, kind, title, inputs, cell: null, seed: 1, model: MODEL_ROLES[kind] ?? null };
}
