import { expect } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { viewOf } from '../../../src/compute/executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import type { ModelConfig } from '../../../src/nn/transformer/config.ts';
import { forwardLogits } from '../../../src/nn/transformer/forward.ts';
import { Graph } from '../../../src/nn/graph/graph.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { languageModel } from '../../../src/nn/transformer/language-model.ts';
import {
  EMBEDDING,
  HEAD,
  parameterLayout,
  parameterTable,
} from '../../../src/nn/transformer/layout.ts';
import { estimateTraining } from '../../../src/nn/training/memory-estimate.ts';
import { embedding } from '../../../src/nn/ops/embedding.ts';
import { linearCrossEntropy } from '../../../src/nn/ops/linear-cross-entropy.ts';
import { placementFor } from '../../../src/nn/graph/parameter-arena.ts';
import { compilePlan, Workspace } from '../../../src/nn/graph/plan.ts';
import { fillSpans } from '../../../src/nn/inputs/spans.ts';
import { TokenSegments } from '../../../src/nn/inputs/token-segments.ts';
import type { TrainOptions } from '../../../src/nn/training/train-memory.ts';
import type { Batch, TokenRange } from '../../../src/nn/inputs/token-batch.ts';
import { Trainer, type TrainerState } from '../../../src/nn/training/trainer.ts';
import { expectClose } from './check-op.ts';
import type { Limits } from '../machine/limited-device.ts';
import { inRanges } from './table-ranges.ts';
import { TWO_LAYERS } from '../models/train-memory.ts';

/** 38 KB of embedding where one buffer holds 16 KB: ranges of 256, 256 and 88 rows. */
const TALL: ModelConfig = { ...TWO_LAYERS, vocabSize: 600 };
export const LOW: Limits = { maxBufferSize: 16384, maxStorageBufferBindingSize: 16384 };
const EDGES = [0, 255, 256, 511, 512, 599];
const SETTINGS = { beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.1, clipNorm: 0 };

/** Tokens of all ranges, at their edges too, and one that stands more than 64 times. */
function tallBatch(seed: number, head?: TokenRange): Batch {
  const [B, T] = [4, 20];
  const random = new RandomStream(seed, 'tall batches');
  const ids = Uint32Array.from({ length: B * T }, (_, i) =>
    i % 10 === 9 ? random.nextInt(TALL.vocabSize) : 300,
  );
  ids.set(EDGES);
  const targets = Int32Array.from(ids, (id, i) => (i % 3 === 2 ? -100 : (7 * id + 9 * i) % 600));
  targets.set(EDGES);
  if (head === undefined) return { B, T, ids, targets };
  const { first, count } = head;
  const own = targets.map((target) => (target < 0 ? target : first + (target % count)));
  return { B, T, ids, targets: own, head };
}

async function trainTall(
  executor: Executor,
  { config = TALL, options = {}, from, steps = 3, head }: TallRun = {},
) {
  const before = executor.memory().liveBytes;
  const trainer = new Trainer(
    executor,
    languageModel(config),
    initialParameters(config, 5),
    SETTINGS,
    options,
  );
  try {
    if (from !== undefined) trainer.restore(from);
    while (trainer.stepCount < steps) await trainer.step(tallBatch(trainer.stepCount, head), 0.01);
    const stats = await trainer.flush();
    const state = await trainer.state();
    return { ...state, stats, held: executor.memory().liveBytes - before };
  } finally {
    trainer.destroy();
    expect(executor.memory().liveBytes, 'bytes after the run').toBe(before);
  }
}

interface TallRun {
  readonly config?: ModelConfig;
  readonly options?: TrainOptions;
  readonly from?: TrainerState;
  readonly steps?: number;
  readonly head?: TokenRange;
}

/**
 * A table in ranges trains like a whole one, up to the rounding of a softmax in blocks of the
 * vocabulary; state goes out and in as if the table were whole.
 */
export async function checkSplitTable(whole: Executor, limited: Executor): Promise<void> {
  const { places, shards } = placementFor(limited, parameterTable(TALL));
  expect(places.get(EMBEDDING)?.map(({ start, length }) => [start / 16, length / 16])).toEqual([
    [0, 256],
    [256, 256],
    [512, 88],
  ]);
  const held = shards.reduce((sum, { length }) => sum + length, 0);
  expect(held).toBe(parameterLayout(TALL).length);
  const rules = [{ pattern: EMBEDDING, learningRate: 0.5 }];
  const untied = { ...TALL, tied: false };
  // A head of the last tokens only, across two ranges and within one.
  const across = { first: 500, count: 100 };
  const within = { first: 512, count: 88 };
  const runs = [{}, { config: untied }, { options: { rules } }, { head: across }, { head: within }];
  for (const run of runs) {
    const one = await trainTall(whole, run);
    const cut = await trainTall(limited, run);
    cut.stats.forEach(({ loss, gradNorm }, i) => {
      expect(Math.abs(loss / (one.stats[i]?.loss ?? NaN) - 1)).toBeLessThan(1e-5);
      expect(Math.abs(gradNorm / (one.stats[i]?.gradNorm ?? NaN) - 1)).toBeLessThan(1e-4);
    });
    // As for micro-batches: Adam divides by √v, so the moments are compared.
    expectClose(cut.m, one.m, { absolute: 1e-6, relative: 1e-4 }, 'first moments');
    expectClose(cut.v, one.v, { absolute: 1e-8, relative: 1e-4 }, 'second moments');
  }
  const cut = await trainTall(limited);
  expect((await trainTall(limited)).parameters, 'same bits on repeat').toEqual(cut.parameters);
  const half = await trainTall(limited, { steps: 2 });
  const resumed = await trainTall(limited, { from: half });
  expect(resumed.parameters).toEqual(cut.parameters);
  expect(resumed.m).toEqual(cut.m);
  expect(resumed.v).toEqual(cut.v);
  const need = { shapes: [{ B: 4, T: 20 }] };
  const { total } = await estimateTraining(limited.profile, languageModel(TALL), need);
  expect(cut.held).toBe(total);
}

/** A frozen table in ranges stays as it is; the head is another table and learns. */
export async function checkFrozenSplitTable(limited: Executor): Promise<void> {
  const config = { ...TALL, tied: false };
  const rules = [{ pattern: EMBEDDING, frozen: true }];
  const { parameters, m } = await trainTall(limited, { config, options: { rules }, steps: 1 });
  const start = initialParameters(config, 5);
  const { entries } = parameterLayout(config);
  for (const { name, offset, size } of entries) {
    if (name !== EMBEDDING && name !== HEAD) continue;
    const range = [offset, offset + size] as const;
    const isSame = parameters.subarray(...range).every((x, i) => x === start[offset + i]);
    expect(isSame, name).toBe(name === EMBEDDING);
    expect(
      m.subarray(...range).every((x) => x === 0),
      name,
    ).toBe(name === EMBEDDING);
  }
}

/** Logits of a head in ranges are those of a whole one. */
export async function checkSplitForward(whole: Executor, limited: Executor): Promise<void> {
  // Few rows: the logits of all tokens have to fit into a buffer too.
  const batch = { B: 1, T: 6, ids: Uint32Array.from(EDGES) };
  for (const vocabSize of [600, 597]) {
    const config = { ...TALL, vocabSize };
    const ids = batch.ids.map((id) => Math.min(id, vocabSize - 1));
    const parameters = initialParameters(config, 5);
    const wanted = await forwardLogits(whole, config, parameters, { ...batch, ids });
    const got = await forwardLogits(limited, config, parameters, { ...batch, ids });
    expect(new Set(wanted).size).toBeGreaterThan(vocabSize);
    expectClose(got, wanted, { absolute: 2e-6, relative: 1e-5 }, 'logits');
  }
}

/** Lookup, its gradient, head and loss: the same bits from ranges as from the whole table. */
export async function checkTableRanges(executor: Executor): Promise<void> {
  const whole = await tableOps(executor, undefined);
  const cut = await tableOps(executor, 64);
  expect(new Set(whole.looked).size).toBeGreaterThan(100);
  expect(whole.gradient.filter((x) => x !== 0).length).toBeGreaterThan(1000);
  expect(cut).toEqual(whole);
}

async function tableOps(executor: Executor, step: number | undefined) {
  const [rows, width, vocabulary] = [80, 8, 150];
  const ids = tallBatch(1).ids.map((id) => id % vocabulary);
  const spans = new Uint32Array(2 * rows);
  fillSpans(Uint32Array.of(0, rows), spans, new Uint32Array(rows));
  const segments = new TokenSegments(rows, vocabulary);
  segments.fill(ids, spans);
  const put = (data: Float32Array | Uint32Array | Int32Array) => {
    const type = data instanceof Float32Array ? 'f32' : data instanceof Int32Array ? 'i32' : 'u32';
    const buffer = executor.allocate('input', type, data.length);
    executor.write(buffer, data);
    return viewOf(buffer);
  };
  const numbers = Float32Array.from({ length: vocabulary * width }, (_, i) => Math.sin(i * i));
  const weight = put(numbers);
  const gradient = put(new Float32Array(vocabulary * width));
  const table = inRanges({ weight, gradient }, { rows: vocabulary, width, step });
  const graph = new Graph();
  const { positions, pieces, merges } = segments;
  const operands = { positions: put(positions), pieces: put(pieces), merges: put(merges) };
  const tokens = { ids: put(ids), segments: operands };
  const looked = graph.keep(embedding(graph, table, tokens, { rows, width, vocabulary }));
  const inputs = {
    targets: put(Int32Array.from(ids, (id, i) => (i % 4 === 1 ? -100 : (id * 31) % vocabulary))),
    hyper: put(new Float32Array(16).fill(0.5)),
  };
  // The whole head in the same blocks: only then are the sums the same.
  const limits = { logitsBytes: 4 * 64 * 64, bindingBytes: 4 * 64 * width };
  const sizes = { rows, width, vocabulary };
  const loss = graph.keep(linearCrossEntropy(graph, looked, table, inputs, sizes, limits));
  graph.backward();
  const workspace = new Workspace(executor);
  const plan = await compilePlan('tables', graph, executor, workspace);
  executor.run(plan.program);
  const result = {
    looked: await executor.readFloats(plan.viewOf(looked)),
    loss: await executor.readFloats(plan.viewOf(loss)),
    gradient: await executor.readFloats(gradient),
  };
  plan.program.destroy();
  workspace.destroy();
  const inputViews = [weight, gradient, tokens.ids, ...Object.values(operands)];
  for (const { buffer } of [...inputViews, ...Object.values(inputs)]) executor.free(buffer);
  return result;
}
