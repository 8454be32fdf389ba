import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { createWasmExecutor } from '../../src/compute/wasm/create-wasm-executor.ts';
import { buildCodeTree, nodeCount } from '../../src/nn/compact-id-model/code-tree.ts';
import {
  compactIdTable,
  initialCompactIds,
  type CompactIdConfig,
} from '../../src/nn/compact-id-model/compact-id-layout.ts';
import { compactIdModel } from '../../src/nn/compact-id-model/compact-id-model.ts';
import { parameterCount } from '../../src/nn/graph/parameter-table.ts';
import { filterLog } from '../../src/rec/data/filter.ts';
import { testSamples } from '../../src/rec/data/split.ts';
import type { DomainData, RankedList } from '../../src/rec/data/types.ts';
import { rankingMetrics } from '../../src/rec/evaluation/metrics.ts';
import { rankCompactIds } from '../../src/rec/evaluation/rank-compact-ids.ts';
import { importDataset } from '../../src/rec/importers/import-files.ts';
import { trainingRows } from '../../src/rec/rows/training-rows.ts';
import { buildSemanticIds, describedTitles } from '../../src/rec/semantic-ids/build-ids.ts';
import { heldOutLoss } from '../../src/rec/training/held-out-loss.ts';
import { compactBatches, trainCompactIds } from '../../src/rec/training/train-compact-ids.ts';
import { readTask, type RecipeTask } from './arguments.ts';

const LEVELS = 3;
const CODES = 128;
const WIDTH = 64;
const HISTORY = 30;
/** As the data's README dates them. */
const PHASE2 = Date.UTC(2018, 3);
const TEST = Date.UTC(2018, 6);
const END = Date.UTC(2019, 0);

const SETTINGS = {
  learningRate: 1e-3,
  warmupSteps: 50,
  finalLearningRateFraction: 1,
  weightDecay: 0.01,
  // The recipe clips the mean over levels to 1; here the loss is their sum.
  clipNorm: LEVELS,
};

const task = taskOrExit(process.argv.slice(2));
const data = await readDomain(task);
const cut = task.isValidation ? PHASE2 : TEST;
const stage = { name: 'all', startMs: 0, endMs: cut };
const window = { name: 'test', startMs: cut, endMs: task.isValidation ? TEST : END };
const split = { history: HISTORY, minEarlier: 4 };
const rows = trainingRows(data, stage, { ...split, maxTargets: null, seed: 0, score: 'every' });
const samples = testSamples(data, window, split);
console.log(`${task.domain}: ${rows.length} rows, ${samples.length} test users`);
const ids = buildSemanticIds(data, {
  ...{ levels: LEVELS, codesPerLevel: CODES, features: 'both', dimensions: WIDTH },
  ...{ beforeMs: cut, seed: 0 },
});
const tree = buildCodeTree(ids.codes, LEVELS, CODES);
const results: Record<string, number>[] = [];
for (const seed of task.seeds) results.push(await runSeed(seed));
const names = Object.keys(results[0] ?? {});
const means = names.map((name) => {
  const sum = results.reduce((total, result) => total + (result[name] ?? NaN), 0);
  return `${name} ${(sum / results.length).toFixed(2)}`;
});
console.log(`mean of ${results.length}: ${means.join(', ')}`);
console.log('recipe elsewhere, test, three seeds: Office 11.35 / 7.95, Industrial 10.22 / 6.91');

/** Wrong arguments end with 2, as in the other programs. */
function taskOrExit(words: readonly string[]): RecipeTask {
  try {
    return readTask(words);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
}

async function readDomain({ data: folder, domain, text }: RecipeTask): Promise<DomainData> {
  const names = [`${domain}.csv.gz`, `meta_${domain}.jsonl.gz`];
  const files = await Promise.all(
    names.map(async (name) => ({ name, blob: await openAsBlob(join(folder, name)) })),
  );
  const dataset = await importDataset(
    { importer: 'amazon-reviews', domains: [domain], maxBadRows: 0 },
    files,
  );
  const [log] = dataset.domains;
  if (log === undefined) throw new Error(`${domain} has no interactions.`);
  const found = filterLog(log, { startMs: null, minCount: 0, keepUntitled: true }).data;
  if (text === 'titles' || found.titles === null) return found;
  return { ...found, titles: describedTitles(found) };
}

async function runSeed(seed: number): Promise<Record<string, number>> {
  const { epochs, positionsPerBatch, rowsPerBatch, dropout, beam } = task;
  const { prefixVectors, trieLoss } = task;
  const config: CompactIdConfig = {
    ...{ levels: LEVELS, codesPerLevel: CODES, nodes: nodeCount(tree), prefixVectors, trieLoss },
    ...{ width: WIDTH, layers: 2, heads: 2, kvHeads: 2, headWidth: 32, feedForward: 176 },
    ...{ qkNorm: false, normEps: 1e-6, ropeTheta: 10_000, maxPositions: 64 },
  };
  const count = parameterCount(compactIdTable(config).layout);
  console.log(`seed ${seed}: ${nodeCount(tree)} prefixes, ${count} parameters`);
  const executor = await createWasmExecutor({});
  const started = process.cpuUsage();
  const cell = { config, tree, parameters: initialCompactIds(config, seed), rows };
  const tokensPerBatch = positionsPerBatch;
  const rates = { embedding: dropout, attention: dropout, residual: dropout };
  const settings = {
    ...SETTINGS,
    ...{ epochs, tokensPerBatch, seed },
    // The warm-up as written, then the peak: the recipe's.
    schedule: 'constant' as const,
    ...(dropout > 0 && { dropout: rates }),
    ...(rowsPerBatch !== null && { sequencesPerBatch: rowsPerBatch }),
  };
  let losses: readonly number[] = [];
  const onEpoch = async (epoch: number, parameters: Float32Array) => {
    if (epoch === 0) return;
    const seconds = secondsSince(started).toFixed(1);
    const { recall, ndcg } = await measure(parameters);
    const unseen = await heldOut(parameters);
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    losses = [];
    console.log(
      `  epoch ${epoch}: loss ${mean.toFixed(3)}, held out ${unseen.toFixed(3)}, R@10 ${recall.toFixed(2)}, NDCG@10 ${ndcg.toFixed(2)}, ${seconds} s`,
    );
  };
  // What validation by loss would choose by: all that the window holds.
  const options = { ...split, maxTargets: null, seed: 0, score: 'targets' } as const;
  const heldRows = trainingRows(data, window, options);
  const heldBatches = compactBatches(heldRows, tree, { tokensPerBatch, seed: 0, epoch: 0 });
  const heldOut = heldOutLoss(executor, compactIdModel(config, tree), heldBatches);
  const measure = async (parameters: Float32Array) => {
    const setup = { config, tree, beam, batchUsers: 64, parameters, samples };
    return at10(await rankCompactIds(executor, setup));
  };
  const { parameters } = await trainCompactIds(
    executor,
    { ...cell, settings, onEpoch },
    { onProgress: (progress) => (losses = [...losses, ...progress.losses]) },
  );
  const final = await measure(parameters);
  executor.destroy();
  return { 'R@10': final.recall, 'NDCG@10': final.ndcg };
}

function at10(lists: readonly RankedList[]): { recall: number; ndcg: number } {
  const metrics = rankingMetrics(lists, [10]);
  const of = (wanted: string) => metrics.find(({ metric }) => metric === wanted)?.value ?? NaN;
  return { recall: of('recall'), ndcg: of('ndcg') };
}

function secondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
