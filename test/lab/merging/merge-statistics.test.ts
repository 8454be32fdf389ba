import { beforeAll, describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { Recent } from '../../../src/core/recent.ts';
import { layoutOf } from '../../../src/lab/paradigms/layout-of.ts';
import { datasetOf } from '../../../src/lab/experiment/experiment-dataset.ts';
import type { JobContext } from '../../../src/lab/work/job-context.ts';
import { domainRows } from '../../../src/lab/paradigms/semantic-id/domain-rows.ts';
import { prepareDomain } from '../../../src/lab/work/prepare-domain.ts';
import type { StoredCheckpoint } from '../../../src/lab/checkpoints/lab-store.ts';
import {
  adaMergeModels,
  STATISTICS_DEFAULTS,
  statisticsOfModels,
  type TrainedModel,
} from '../../../src/lab/work/merge-statistics.ts';
import { planExperiment } from '../../../src/lab/plan/plan.ts';
import { runPlan } from '../../../src/lab/run/run-plan.ts';
import { StoredResults } from '../../../src/lab/run/stored-results.ts';
import { trainedModel } from '../../../src/lab/jobs/trained-model.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { tinyExperiment } from '../document/documents.ts';

const NOW = Date.UTC(2026, 0, 2);
const experiment = tinyExperiment();
const SETTINGS = { ...STATISTICS_DEFAULTS, examples: 6, tokensPerBatch: 64, seed: 3 };

describe('statistics of trained checkpoints', () => {
  const executor = createCpuExecutor();
  let context: JobContext;
  let base: StoredCheckpoint;
  let cells: StoredCheckpoint[];
  let models: TrainedModel[];

  beforeAll(async () => {
    const dataset = await datasetOf(experiment, null);
    const plan = await planExperiment(experiment, dataset.digest);
    const kinds = ['prepare', 'ids', 'base'];
    const jobs = plan.jobs.filter(
      ({ kind, title }) => kinds.includes(kind) || /^train .* pretrain$/.test(title),
    );
    const checkpoints = new CheckpointStore(new MemoryStore());
    const store = new StoredResults(checkpoints, new ArtefactStore(new MemoryStore()), () => NOW);
    const { signal } = new AbortController();
    const now = () => NOW;
    const options = { experiment, dataset, executor, store, signal, now, emit: () => undefined };
    await runPlan({ ...plan, jobs }, options);
    context = {
      ...options,
      imported: null,
      domainData: (domain) => prepareDomain(dataset, { domain, minCount: 1, startMs: null }).data,
      itemVectors: new Recent(1),
      checkpointName: (id) => id,
      progress: () => undefined,
      trials: () => undefined,
      loss: () => undefined,
      note: () => undefined,
      choice: () => undefined,
      epochs: () => undefined,
      once: (_, make) => make(),
    };
    const stored: StoredCheckpoint[] = [];
    for (const { id, kind } of jobs) {
      if (kind !== 'base' && kind !== 'train') continue;
      const checkpoint = await store.getCheckpoint(id);
      if (checkpoint !== null) stored.push(checkpoint);
    }
    cells = stored.filter(({ meta }) => meta.kind === 'train');
    const own = stored.find(({ meta }) => meta.kind === 'base');
    if (own === undefined) throw new Error('The plan has no base.');
    base = own;
    models = await Promise.all(cells.map((cell) => trainedModel(context, cell)));
  }, 120_000);

  it('has the rows that the checkpoints were trained on', async () => {
    expect(cells.map(({ meta }) => meta.context?.domain)).toEqual(['Games', 'Books']);
    for (const [index, { meta }] of cells.entries()) {
      const { domain, stage, ...settings } = meta.settings as unknown as {
        domain: string;
        stage: Parameters<typeof domainRows>[1]['period'];
      } & Omit<Parameters<typeof domainRows>[1], 'period' | 'seed' | 'vocabulary' | 'idsId'>;
      const { rows } = await domainRows(context, {
        ...settings,
        domain,
        period: stage,
        seed: meta.seed,
        vocabulary: meta.vocabulary,
        idsId: meta.semanticIds[domain] ?? '',
      });
      expect(models[index]?.rows).toEqual(rows);
      expect(rows.length).toBeGreaterThan(SETTINGS.examples);
    }
  });

  it('merges them by Fisher information and RegMean', async () => {
    const progress: number[] = [];
    const statistics = await statisticsOfModels(executor, ['fisher', 'gram'], models, SETTINGS, {
      onProgress: (done, total) => progress.push(done / total),
    });
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    const layout = layoutOf(base.meta);
    for (const arena of statistics.fisher ?? []) {
      expect(arena.every((value) => value >= 0)).toBe(true);
      expect(arena.some((value) => value > 0)).toBe(true);
    }
    expect(statistics.fisher).toHaveLength(2);
    expect(Object.keys(statistics.gram ?? {})).toHaveLength(7);
    const arenas = cells.map(({ parameters }) => parameters);
    for (const method of ['fisher', 'regmean']) {
      const request = { method, parameters: {}, base: null, models: arenas, statistics };
      const merged = await mergeArenas(executor, layout, request);
      expect(merged).not.toEqual(arenas[0]);
      const again = await statisticsOfModels(executor, ['fisher', 'gram'], models, SETTINGS);
      expect(await mergeArenas(executor, layout, { ...request, statistics: again })).toEqual(
        merged,
      );
    }
  }, 60_000);

  it('merges them by AdaMerging with less entropy than at the start', async () => {
    const settings = {
      ...SETTINGS,
      initial: 0.3,
      learningRate: 0.05,
      steps: 8,
      clamp: false,
      layers: 'block',
    } as const;
    const learned = await adaMergeModels(executor, base.parameters, models, settings);
    expect(learned.weights).toHaveLength(2);
    const half = learned.entropies.length / 2;
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    expect(sum(learned.entropies.slice(half))).toBeLessThan(sum(learned.entropies.slice(0, half)));
    expect(executor.memory().liveBuffers).toBe(0);
  }, 60_000);

  it('refuses checkpoints without training rows', async () => {
    await expect(trainedModel(context, base)).rejects.toMatchObject({ code: 'invalid-argument' });
    const [cell = base] = cells;
    const other = { ...cell, meta: { ...cell.meta, datasetDigest: 'other' } };
    await expect(trainedModel(context, other)).rejects.toThrow(/other data/);
    const settings = { ...cell.meta.settings, paradigm: { kind: 'embedding' } };
    const embedding = { ...cell, meta: { ...cell.meta, settings } };
    await expect(trainedModel(context, embedding)).rejects.toThrow(/embedding/);
  });
});
