import type { AnalysisResult } from '../../../src/lab/analysis/analysis-result.ts';
import type { JobSummary, RunEvent } from '../../../src/lab/job/events.ts';
import type { ResultRow } from '../../../src/lab/results/results.ts';
import {
  STRATEGIES,
  type ClickMetrics,
  type EpochMetrics,
  type Strategy,
} from '../../../src/rec/behaviour/behaviour-types.ts';
import type { Inspection } from '../../../workers/lab/api.ts';
import { initialState, type AppState } from '../../../src/ui/state/state.ts';
import { MODEL_ROLES } from './model-roles.ts';
import { apply, SAMPLE_REPORT } from './sample-state.ts';

/** Invented numbers of a discriminative run: two domains, five strategies, two seeds. */
export const CLICK_TEXT = `schema: mmgrid-experiment/1
name: gpsd
paradigm: discriminative
seeds: [1, 2]
data: { source: simulator }
contexts:
  domains: [Games, Books]
  stages:
    - { name: phase1, start: 2023-01-01, end: 2024-01-01 }
  test: { start: 2024-01-01, end: 2024-04-01 }
`;

const DOMAINS = ['Games', 'Books'] as const;
const SEEDS = [1, 2] as const;
const EPOCHS = 6;
const PRETRAINED = { NT: 0, FT: 1, ST: 0.5, 'FT&SF': 1.6, 'ST&SF': 1.4 } as const;

/** Frozen tables: the test keeps rising; else it falls after the first epoch. */
export function sampleEpochs(strategy: Strategy, seed: number, last = EPOCHS): EpochMetrics[] {
  return Array.from({ length: last + 1 }, (_, epoch) => {
    const known = 1 - Math.exp(-epoch);
    const learnt = 0.02 * PRETRAINED[strategy] + 0.002 * seed;
    const frozen = strategy.endsWith('SF');
    const lost = frozen ? 0 : 0.03 * Math.max(0, epoch - 1);
    const fitted = frozen ? 0.004 * epoch : 0.05 * Math.max(0, epoch - 0.6);
    return {
      epoch,
      train: clicks(0.5 + (0.1 + learnt) * known + fitted, 0.69 - 0.08 * known - 0.8 * fitted),
      test: clicks(0.5 + (0.09 + learnt) * known - lost, 0.69 - 0.05 * known - learnt + 2 * lost),
    };
  });
}

function clicks(auc: number, logLoss: number): ClickMetrics {
  const counts = { gaucLeftOut: 12, gaucUsers: 188, impressions: 400, positives: 200 };
  return { auc, gauc: auc - 0.01, logLoss, ...counts };
}

export const CURVE_ANALYSES: readonly AnalysisResult[] = SEEDS.map((seed) => ({
  id: `curves ${String(seed)}`,
  name: 'overfitting',
  seed,
  models: [],
  base: null,
  value: {
    kind: 'learning-curves',
    curves: DOMAINS.flatMap((domain) =>
      STRATEGIES.map((strategy) => ({
        ...{ domain, stage: strategy, strategy },
        epochs: sampleEpochs(strategy, seed),
      })),
    ),
  },
}));

const RUNGS = [
  { layers: 1, width: 32, heads: 4, denseParameters: 12_992 },
  { layers: 4, width: 32, heads: 4, denseParameters: 51_200 },
  { layers: 4, width: 64, heads: 4, denseParameters: 203_000 },
  { layers: 4, width: 128, heads: 4, denseParameters: 811_000 },
] as const;

export const SCALING_ANALYSIS: AnalysisResult = {
  id: 'scaling',
  name: 'ladder of sizes',
  seed: 0,
  models: [],
  base: null,
  value: {
    kind: 'scaling',
    domain: 'Games',
    epoch: 'last',
    rungs: (['NT', 'FT&SF'] as const).flatMap((strategy, s) =>
      RUNGS.map((rung) => ({
        ...rung,
        strategy,
        seeds: SEEDS.map((seed) => ({
          seed,
          auc: 0.6 + 0.05 * s + 0.002 * seed - s * 0.7553 * rung.denseParameters ** -0.2364,
          logLoss: 0.65 - 0.03 * s + 0.003 * seed + s * 0.142 * rung.denseParameters ** -0.1915,
        })),
      })),
    ),
    fits: (['auc', 'log-loss'] as const).flatMap((metric) => [
      {
        ...{ strategy: 'NT', metric },
        fit: { status: 'degenerate', n: 4, reason: 'the values do not change with the size' },
      } as const,
      {
        ...{ strategy: 'FT&SF', metric },
        fit: {
          status: 'fitted',
          n: 4,
          bound: metric === 'auc' ? 0.653 : 0.6245,
          coefficient: metric === 'auc' ? -0.7553 : 0.142,
          exponent: metric === 'auc' ? 0.2364 : 0.1915,
          boundInterval: metric === 'auc' ? [0.64, 0.66] : null,
          exponentInterval: metric === 'auc' ? [0.2, 0.27] : null,
          r2: 0.98,
        },
      } as const,
    ]),
  },
};

export const CLICK_ROWS: readonly ResultRow[] = DOMAINS.flatMap((evalDomain) =>
  SEEDS.flatMap((seed) =>
    STRATEGIES.flatMap((strategy) => {
      const last = sampleEpochs(strategy, seed).at(-1)?.test ?? clicks(0.5, 0.69);
      return (['auc', 'gauc', 'log-loss'] as const).map((metric): ResultRow => ({
        runId: 'sample',
        modelId: jobId(evalDomain, strategy, seed),
        model: `${evalDomain}/${strategy}`,
        kind: 'cell',
        recipeHash: '',
        evalDomain,
        evalPeriod: 'test',
        split: 'test',
        metric,
        k: 0,
        value: metric === 'log-loss' ? last.logLoss : 100 * (last[metric] ?? 0),
        standardError: metric === 'log-loss' ? 0.004 : 1.2,
        nUsers: metric === 'gauc' ? 188 : 400,
        seed,
        tier: 'full',
        own: true,
        backend: 'webgpu',
        adapter: 'sample',
        engineVersion: '1.0',
        createdAt: '2026-11-22T00:00:00.000Z',
      }));
    }),
  ),
);

export const CLICK_JOBS: readonly JobSummary[] = [
  ...DOMAINS.map((domain) => job('click-data', `prepare ${domain}`, [])),
  ...SEEDS.flatMap((seed) => [
    {
      ...job('pretrain', `pretrain, seed ${String(seed)}`, ['prepare Games', 'prepare Books']),
      seed,
    },
    ...DOMAINS.flatMap((domain) =>
      STRATEGIES.map((strategy) => ({
        ...job('train-click', jobId(domain, strategy, seed), [
          `prepare ${domain}`,
          `pretrain, seed ${String(seed)}`,
        ]),
        cell: { domain, stage: strategy },
        seed,
      })),
    ),
  ]),
];

const INSPECTION: Inspection & { ok: true } = {
  ok: true,
  name: 'gpsd',
  jobs: CLICK_JOBS,
  models: [],
  finished: [],
  contexts: [],
  leaks: 0,
  parameters: 41_000,
  notes: [],
};

/** In the middle of ST of the first domain: its third epoch is done. */
export function clickTrainingState(): AppState {
  const training = jobId('Games', 'ST', 1);
  const before = CLICK_JOBS.slice(
    0,
    CLICK_JOBS.findIndex(({ id }) => id === training),
  );
  return started([
    ...before.flatMap((summary) => finished(summary)),
    { type: 'job-started', jobId: training },
    { type: 'job-progress', jobId: training, done: 31, total: 60, unit: 'steps', rate: 5 },
    epochsOf('Games', 'ST', 1, 3),
  ]);
}

export function clickDoneState(): AppState {
  return started([
    ...CLICK_JOBS.flatMap((summary) => finished(summary)),
    { type: 'results', rows: CLICK_ROWS },
    ...[...CURVE_ANALYSES, SCALING_ANALYSIS].map((result) => ({
      type: 'analysis' as const,
      result,
    })),
    { type: 'finished', seconds: 90 },
  ]);
}

function started(events: readonly RunEvent[]): AppState {
  const analyses = [...CURVE_ANALYSES, SCALING_ANALYSIS].map(({ id }) => job('analysis', id, []));
  return apply(initialState(CLICK_TEXT, null), [
    { type: 'ui-session', report: SAMPLE_REPORT },
    { type: 'ui-inspected', text: CLICK_TEXT, inspection: INSPECTION },
    { type: 'ui-run-requested', started: { text: CLICK_TEXT, inspection: INSPECTION } },
    { type: 'plan', jobs: [...CLICK_JOBS, ...analyses] },
    ...events,
  ]);
}

function finished(summary: JobSummary): RunEvent[] {
  const { id: jobId, cell, seed } = summary;
  return [
    { type: 'job-started', jobId },
    ...(cell === null
      ? []
      : [epochsOf(cell.domain, STRATEGIES.find((one) => one === cell.stage) ?? 'NT', seed)]),
    { type: 'job-done', jobId, cached: false, seconds: 4 },
  ];
}

function epochsOf(domain: string, strategy: Strategy, seed: number, last?: number): RunEvent {
  return {
    type: 'epochs',
    jobId: jobId(domain, strategy, seed),
    curve: {
      ...{ seed, domain, stage: strategy, strategy },
      parameters: { sparse: 12_800, dense: 28_200, frozen: strategy.endsWith('SF') ? 12_800 : 0 },
    },
    from: 0,
    epochs: sampleEpochs(strategy, seed, last),
  };
}

function jobId(domain: string, strategy: string, seed: number): string {
  return `train ${domain} ${strategy}, seed ${String(seed)}`;
}

function job(kind: JobSummary['kind'], title: string, inputs: readonly string[]): JobSummary {
  return { id: title, kind, title, inputs, cell: null, seed: 1, model: MODEL_ROLES[kind] ?? null };
}
