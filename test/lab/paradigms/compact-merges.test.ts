import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import type { DomainsMerge } from '../../../src/lab/experiment/experiment-types.ts';
import { layoutOf } from '../../../src/lab/paradigms/layout-of.ts';
import { compactConfigOf } from '../../../src/lab/paradigms/semantic-id/compact/compact-config.ts';
import { domainIds } from '../../../src/lab/paradigms/semantic-id/compact/compact-model.ts';
import { asArtefact, searchArtefact } from '../../../src/lab/results/artefacts.ts';
import { LiveMerge } from '../../../src/lab/run/live-merge.ts';
import { deriveSeed } from '../../../src/lab/work/job-context.ts';
import { prepareDomain } from '../../../src/lab/work/prepare-domain.ts';
import { testUsers } from '../../../src/lab/work/test-users.ts';
import {
  CODE_EMBEDDINGS,
  DOMAIN_TABLES,
  initialCompactIds,
  PREFIX_VECTORS,
} from '../../../src/nn/compact-id-model/compact-id-layout.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { rankCompactIds } from '../../../src/rec/evaluation/rank-compact-ids.ts';
import { compactText, runText, type CompactRun } from './compact-documents.ts';

const WINDOWS = `  validation: { start: 2024-06-01, end: 2024-07-01 }
  filter: { minCount: 1 }
  history: 8`;
const MERGES = `searches:
  - name: shares
    merge: { over: domains, method: linear, parameters: { normalize: false } }
    vary: { weight.Games: { from: 0, to: 1, step: 0.5 }, weight.Books: { from: 0, to: 1, step: 1 } }
    objective: { k: 20 }
  - name: bare shares
    merge: { over: domains, method: linear, restore: nothing, parameters: { normalize: false } }
    vary: { weight.Games: { from: 0.5, to: 1, step: 0.5 } }
    objective: { k: 20 }
analysis:
  - { name: vectors, kind: task-vectors, models: [Games/phase2, Books/phase2] }
  - { name: road, kind: path, models: [Games/phase2, Games/pretrain], evaluate: [Games], points: 3, users: 12 }
  - { name: between, kind: path, models: [Games/phase2, Books/phase2], points: 3, users: 12 }
`;

let executor: Executor;
let run: CompactRun;

beforeAll(async () => {
  executor = await createWasmExecutor();
  const text = compactText(
    {
      '  filter: { minCount: 1 }\n  history: 8': WINDOWS,
      'maxUsers: 8': 'maxUsers: 30',
    },
    MERGES,
    '{ epochs: 2 }',
  );
  run = await runText(text, executor);
  expect(run.outcome.status).toBe('done');
  expect(executor.memory().liveBytes).toBe(0);
}, 120_000);

afterAll(() => {
  executor.destroy();
});

/** Mean -log p of the targets of a domain's first users, every item being a beam. */
async function lossOf(title: string, domain: string, users: number): Promise<number> {
  const { meta, parameters } = await run.checkpoint(title);
  const config = compactConfigOf(meta);
  if (config === null) throw new Error('not compact');
  const { tree } = await domainIds(run.store, run.job(`semantic ids ${domain}`).id, domain);
  const { contexts } = run.experiment;
  const { data } = prepareDomain(run.dataset, { domain, ...contexts.filter });
  const { history, minEarlier, test } = contexts;
  const { samples } = testUsers(data, { test, sampling: { history, minEarlier }, users });
  expect(samples).toHaveLength(users);
  const setup = { config, tree, beam: 64, batchUsers: 16, parameters, samples };
  const lists = await rankCompactIds(executor, setup);
  const logs = lists.map(({ items, scores, target }) => scores[items.indexOf(target)] ?? NaN);
  return -logs.reduce((sum, log) => sum + log, 0) / users;
}

const metricsOf = (model: string, domain: string, split = 'test') =>
  run.outcome.rows
    .filter((row) => row.model === model && row.evalDomain === domain && row.split === split)
    .map(({ metric, k, value }) => [metric, k, value]);

describe('a joint base of compact ids', () => {
  it('learns body and codes from all domains, and no prefix: prefixes belong to a domain', async () => {
    const { meta, parameters } = await run.checkpoint('train base');
    const config = compactConfigOf(meta);
    if (config === null) throw new Error('not compact');
    const start = initialCompactIds(config, deriveSeed(1, 'init'));
    for (const { name } of layoutOf(meta).entries) {
      const values = tensorOf(layoutOf(meta), parameters, name);
      const before = tensorOf(layoutOf(meta), start, name);
      if (name === PREFIX_VECTORS) expect(values.every((value) => value === 0)).toBe(true);
      else expect(values, name).not.toEqual(before);
    }
    const { losses = [] } = meta.curve ?? {};
    // One catalogue of both domains' items.
    expect(losses[0]).toBeGreaterThan(0.9 * Math.log(100));
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
    const cell = await run.checkpoint('train Games pretrain');
    const own = tensorOf(layoutOf(cell.meta), cell.parameters, PREFIX_VECTORS);
    expect(own.some((value) => value !== 0)).toBe(true);
    expect(metricsOf('base', 'Games').length).toBeGreaterThan(0);
    expect(metricsOf('base', 'Books').length).toBeGreaterThan(0);
  });
});

describe('searches of compact ids', () => {
  const trialsOf = async (title: string) => {
    const stored: unknown = await run.store.getArtefact(run.job(title).id);
    return asArtefact(searchArtefact, stored, title);
  };

  it('put the domain’s own tables back on the device: all weight on one is that cell', async () => {
    const { trials } = await trialsOf('search shares');
    expect(trials).toHaveLength(6);
    const at = (games: number, books: number) =>
      trials.find(
        ({ point }) => point['weight.Games'] === games && point['weight.Books'] === books,
      );
    const recall = (domain: string, split: string, games: number, books: number) =>
      at(games, books)?.values.find((one) => one.domain === domain && one.split === split)?.value;
    for (const split of ['test', 'validation']) {
      const own = metricsOf('Games/phase2', 'Games', split).find(
        ([metric, k]) => metric === 'recall' && k === 20,
      );
      expect(recall('Games', split, 1, 0)).toBe(own?.[2]);
    }
    const books = metricsOf('Books/phase2', 'Books').find(
      ([metric, k]) => metric === 'recall' && k === 20,
    );
    expect(recall('Books', 'test', 0, 1)).toBe(books?.[2]);
  });

  it('leave the best merge with the numbers of its trial, whatever is restored', async () => {
    for (const name of ['shares', 'bare shares']) {
      const { trials, best } = await trialsOf(`search ${name}`);
      for (const { domain, split, value } of trials[best]?.values ?? []) {
        const found = metricsOf(name, domain, split).find(
          ([metric, k]) => metric === 'recall' && k === 20,
        );
        expect(found?.[2], `${name} ${domain} ${split}`).toBe(value);
      }
      expect(trials[best]?.values).toHaveLength(4);
    }
    const spread = new Set((await trialsOf('search shares')).trials.map(({ score }) => score));
    expect(spread.size).toBeGreaterThan(2);
  });
});

describe('analyses of compact ids', () => {
  const valueOf = (name: string) => {
    const found = run.outcome.analyses.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no analysis ${name}`);
    return found.value;
  };

  it('count the body alone', () => {
    const vectors = valueOf('vectors');
    if (vectors.kind !== 'task-vectors') throw new Error('no task vectors');
    const names = vectors.table.tensors.map(({ name }) => name);
    expect(names.filter((name) => DOMAIN_TABLES.includes(name))).toEqual([]);
    expect(names).toContain('start.weight');
    expect(names).toContain('level_norm.weight');
  });

  it('show -log p of the targets, with one domain’s tables between domains', async () => {
    const road = valueOf('road');
    const between = valueOf('between');
    if (road.kind !== 'path' || between.kind !== 'path') throw new Error('no paths');
    const phase2 = await lossOf('train Games phase2', 'Games', 12);
    const pretrain = await lossOf('train Games pretrain', 'Games', 12);
    expect(road.curves[0]?.losses[0]).toBeCloseTo(phase2, 4);
    expect(road.curves[0]?.losses[2]).toBeCloseTo(pretrain, 4);
    expect(phase2).not.toBeCloseTo(pretrain, 3);
    const games = between.curves.find(({ domain }) => domain === 'Games')?.losses;
    const books = between.curves.find(({ domain }) => domain === 'Books')?.losses;
    expect(games?.[0]).toBeCloseTo(phase2, 4);
    expect(books?.[2]).toBeCloseTo(await lossOf('train Books phase2', 'Books', 12), 4);
  });
});

describe('a live merge of compact ids', () => {
  const average: DomainsMerge = {
    ...{ over: 'domains', name: 'live', method: 'simple_average', parameters: {} },
    ...{ domains: ['Games', 'Books'], stage: 'phase2', base: null, evaluate: ['Games', 'Books'] },
  };

  it('measures what it restores, from nothing to the parent itself', async () => {
    const { experiment, store, dataset } = run;
    const live = new LiveMerge(experiment, { executor, store, dataset, clock: () => 0 });
    const { signal } = new AbortController();
    const losses = new Map<string, (number | null)[]>();
    for (const restore of ['nothing', 'codes', undefined, 'model'] as const) {
      const merge = restore === undefined ? average : { ...average, restore };
      const { places, split } = await live.probe(merge, signal);
      expect(split).toBe('validation');
      losses.set(
        restore ?? 'tables',
        places.map(({ loss }) => loss),
      );
      if (restore !== 'model') continue;
      for (const { domain: _, parent, change, ...merged } of places) {
        expect(merged).toEqual(parent);
        expect(change).toEqual({ loss: 0, lossError: 0, recall1: 0, recall1Error: 0 });
      }
    }
    expect(new Set([...losses.values()].map((own) => own[0])).size, 'four numbers').toBe(4);
    for (const own of losses.values())
      expect(own.every((loss) => Number.isFinite(loss))).toBe(true);
    live.destroy();
    expect(executor.memory().liveBytes).toBe(0);
  });

  it('leaves codes where they are between stages of a domain', async () => {
    const { parameters, meta } = await run.checkpoint('train Games pretrain');
    const later = await run.checkpoint('train Games phase2');
    const codes = (arena: Float32Array<ArrayBuffer>) =>
      tensorOf(layoutOf(meta), arena, CODE_EMBEDDINGS);
    expect(codes(parameters)).not.toEqual(codes(later.parameters));
    expect(meta.semanticIds).toEqual(later.meta.semanticIds);
  });
});
