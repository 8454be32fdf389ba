import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import { isJobOf } from '../../../src/lab/job/job.ts';
import { optimizerOf } from '../../../src/lab/planning/plan-optimizer.ts';
import { layoutOf } from '../../../src/lab/paradigms/layout-of.ts';
import { deriveSeed } from '../../../src/lab/work/job-context.ts';
import { prepareDomain } from '../../../src/lab/work/prepare-domain.ts';
import { buildCodeTree, nodeCount } from '../../../src/nn/compact-id-model/code-tree.ts';
import {
  CODE_EMBEDDINGS,
  compactIdTable,
  initialCompactIds,
  PREFIX_VECTORS,
} from '../../../src/nn/compact-id-model/compact-id-layout.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { testSamples } from '../../../src/rec/data/split.ts';
import { rankingMetrics } from '../../../src/rec/evaluation/metrics.ts';
import { rankCompactIds } from '../../../src/rec/evaluation/rank-compact-ids.ts';
import { trainingRows } from '../../../src/rec/rows/training-rows.ts';
import { buildSemanticIds } from '../../../src/rec/semantic-ids/build-ids.ts';
import { trainCompactIds } from '../../../src/rec/training/train-compact-ids.ts';
import { compactText, runText, type CompactRun } from './compact-documents.ts';

const MERGES = `merges:
  - { name: tables, over: domains, method: simple_average }
  - { name: codes, over: domains, method: simple_average, restore: codes }
  - { name: nothing, over: domains, method: simple_average, restore: nothing }
  - { name: own, over: domains, method: simple_average, restore: model }
  - { name: ties, over: domains, method: ties, base: pretrain-mean }
  - { name: velocity, over: periods, method: velocity, parameters: { alpha: 0.05 } }
`;

let executor: Executor;
let run: CompactRun;

beforeAll(async () => {
  executor = await createWasmExecutor();
  run = await runText(compactText({ 'maxUsers: 8': 'maxUsers: 30' }, MERGES), executor);
}, 120_000);

afterAll(() => {
  executor.destroy();
});

const metricsOf = (model: string, domain: string) => {
  const rows = run.outcome.rows.filter((row) => row.model === model && row.evalDomain === domain);
  expect(rows.length, `${model} on ${domain}`).toBeGreaterThan(0);
  return rows.map(({ metric, k, value }) => [metric, k, value]);
};

/** The recipe without documents, plans and jobs: what `bench/compact-ids` does, stage by stage. */
async function direct(domain: string) {
  const { experiment, dataset } = run;
  const { contexts, model } = experiment;
  const seed = experiment.seeds[0] ?? 0;
  const { data } = prepareDomain(dataset, { domain, ...contexts.filter });
  const { levels, codes, features, dimensions } = experiment.ids;
  const ids = buildSemanticIds(data, {
    ...{ levels, codesPerLevel: codes, features: features as 'both', dimensions },
    beforeMs: contexts.stages[0].endMs,
    seed: deriveSeed(seed, `ids/${domain}`),
  });
  const tree = buildCodeTree(ids.codes, levels, codes);
  const { layers, width, heads, kvHeads, headWidth, feedForward } = model;
  const config = {
    ...{ layers, width, heads, kvHeads, headWidth, feedForward, qkNorm: false },
    ...{ normEps: 1e-6, ropeTheta: 10_000, maxPositions: 16, levels, codesPerLevel: codes },
    // Of this domain alone: the room for the other one's prefixes changes nothing.
    ...{ nodes: nodeCount(tree), trieLoss: true, prefixVectors: true },
  };
  let parameters = initialCompactIds(config, deriveSeed(seed, 'init'));
  const { stages, history, minEarlier, test } = contexts;
  for (const { training: pass, ...stage } of stages) {
    const rows = trainingRows(data, stage, {
      ...{ history, minEarlier, maxTargets: null, seed: 0, score: 'every' },
    });
    const { epochs, learningRate } = pass;
    const settings = {
      ...optimizerOf(experiment, { epochs, learningRate }),
      seed: deriveSeed(seed, `train/${domain}/${stage.name}`),
    };
    const trained = await trainCompactIds(executor, { config, tree, parameters, rows, settings });
    parameters = trained.parameters;
  }
  const samples = testSamples(data, test, { history, minEarlier, maxUsers: 30, seed: 0 });
  const setup = { config, tree, beam: experiment.evaluation.beam, batchUsers: 16 };
  const rank = (arena: Float32Array) =>
    rankCompactIds(executor, { ...setup, parameters: arena, samples });
  return { config, tree, samples, parameters, rank };
}

describe('compact semantic ids in a document', () => {
  it('run through all jobs, with cells of one shape from one random start', async () => {
    expect(run.outcome.status).toBe('done');
    const start = await run.checkpoint('random start');
    const games = await run.checkpoint('train Games pretrain');
    const books = await run.checkpoint('train Books pretrain');
    expect(start.meta.compact?.nodes).toBeGreaterThan(60);
    for (const { meta, parameters } of [games, books]) {
      expect(layoutOf(meta)).toEqual(layoutOf(start.meta));
      expect(parameters).not.toEqual(start.parameters);
      expect(meta.curve?.losses.length).toBe(meta.steps);
      expect(meta.steps).toBeGreaterThan(0);
    }
    const [first] = games.meta.curve?.losses ?? [];
    // Sixty items are equally likely at the start.
    expect(first).toBeGreaterThan(0.9 * Math.log(60));
    const settings = run.job('train Games pretrain').settings as { readonly score: string };
    expect(settings.score, 'the default of this form').toBe('every');
    const titles = run.plan.jobs.map(({ title }) => title);
    expect(titles.filter((title) => title.startsWith('evaluate base'))).toEqual([]);
    expect(titles.filter((title) => title.startsWith('merge '))).toHaveLength(4);
  });

  it.each(['Games', 'Books'])('give the numbers of the recipe run directly: %s', async (domain) => {
    const { config, parameters, samples, rank } = await direct(domain);
    const stored = await run.checkpoint(`train ${domain} phase2`);
    const { layout } = compactIdTable(config);
    const own = layoutOf(stored.meta);
    for (const { name } of layout.entries) {
      const values = tensorOf(own, stored.parameters, name);
      const wanted = tensorOf(layout, parameters, name);
      expect(values.slice(0, wanted.length), name).toEqual(wanted);
      expect(values.slice(wanted.length).every((value) => value === 0)).toBe(true);
    }
    const wanted = rankingMetrics(await rank(parameters), [5, 10, 20]);
    expect(wanted.find(({ metric, k }) => metric === 'recall' && k === 20)?.value).toBeGreaterThan(
      0,
    );
    expect(samples.length).toBeGreaterThan(20);
    expect(metricsOf(`${domain}/phase2`, domain)).toEqual(
      wanted.map(({ metric, k, value }) => [metric, k, value]),
    );
  });

  it('put back what a merge names, and by default codes and prefixes', async () => {
    const merged = await run.checkpoint('merge tables');
    const layout = layoutOf(merged.meta);
    const { config, rank } = await direct('Games');
    const cell = await run.checkpoint('train Games phase2');
    const small = compactIdTable(config).layout;
    /** The merged arena in the domain's own layout, with some tensors of its cell. */
    const withOwn = (tensors: readonly string[]) => {
      const arena = new Float32Array(small.length);
      for (const { name, offset, size } of small.entries) {
        const from = tensors.includes(name) ? cell.parameters : merged.parameters;
        arena.set(tensorOf(layout, from, name).subarray(0, size), offset);
      }
      return arena;
    };
    for (const [model, tensors] of [
      ['tables', [CODE_EMBEDDINGS, PREFIX_VECTORS]],
      ['codes', [CODE_EMBEDDINGS]],
      ['nothing', []],
    ] as const) {
      const wanted = rankingMetrics(await rank(withOwn(tensors)), [5, 10, 20]);
      expect(metricsOf(model, 'Games'), model).toEqual(
        wanted.map(({ metric, k, value }) => [metric, k, value]),
      );
    }
    expect(metricsOf('own', 'Games')).toEqual(metricsOf('Games/phase2', 'Games'));
    expect(metricsOf('own', 'Books')).toEqual(metricsOf('Books/phase2', 'Books'));
    const differing = new Set(
      ['tables', 'nothing', 'own'].map((model) => JSON.stringify(metricsOf(model, 'Games'))),
    );
    expect(differing.size, 'what is restored is seen').toBe(3);
  });

  it('are one merge job, whatever is restored', () => {
    const jobs = run.plan.jobs.filter((job) => isJobOf(job, 'evaluate'));
    const models = jobs.filter(({ label }) =>
      ['tables', 'codes', 'nothing', 'own'].includes(label.model),
    );
    expect(new Set(models.map(({ inputs }) => inputs.model)).size).toBe(1);
    expect(new Set(models.map(({ settings }) => settings.restore))).toEqual(
      new Set([undefined, 'codes', 'nothing', 'model']),
    );
  });
});
