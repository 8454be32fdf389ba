import { expect } from 'vitest';
import { BufferScope } from '../../../src/compute/buffer-scope.ts';
import { CpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { buildCodeTree, nodeCount } from '../../../src/nn/compact-id-model/code-tree.ts';
import {
  CODE_EMBEDDINGS,
  compactIdTable,
  initialCompactIds,
  LEVEL_NORM,
  PREFIX_VECTORS,
  stackOf,
  type CompactIdConfig,
} from '../../../src/nn/compact-id-model/compact-id-layout.ts';
import { compactIdModel } from '../../../src/nn/compact-id-model/compact-id-model.ts';
import { ItemPositions } from '../../../src/nn/compact-id-model/item-positions.ts';
import { Graph } from '../../../src/nn/graph/graph.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { ParameterViews } from '../../../src/nn/graph/parameters.ts';
import { compilePlan, Workspace } from '../../../src/nn/graph/plan.ts';
import type { Batch } from '../../../src/nn/inputs/token-batch.ts';
import { uploadRotaryTable } from '../../../src/nn/transformer/language-model.ts';
import { expectClose } from '../ops/check-op.ts';
import { GradientBench } from '../ops/gradient-bench.ts';

export const ITEMS = 23;
const LEVELS = 3;
const CODES_PER_LEVEL = 5;

/** Ids of 23 items: first codes of many and of one item, only children, two items of one id. */
export const CODES = Array.from({ length: ITEMS }, (_, item) => {
  if (item === 9) return [4, 4, 4];
  if (item === 22) return [0, 1, 3];
  return [item % 4, Math.floor(item / 4) % 3, (item * item) % CODES_PER_LEVEL];
}).flat();

export const TREE = buildCodeTree(CODES, LEVELS, CODES_PER_LEVEL);

export const CONFIG: CompactIdConfig = {
  levels: LEVELS,
  codesPerLevel: CODES_PER_LEVEL,
  nodes: nodeCount(TREE),
  prefixVectors: true,
  trieLoss: true,
  width: 16,
  layers: 2,
  heads: 2,
  kvHeads: 2,
  headWidth: 8,
  feedForward: 24,
  qkNorm: false,
  normEps: 1e-6,
  ropeTheta: 10_000,
  maxPositions: 12,
};

/** The ladder of options. */
export const FORMS = [
  { prefixVectors: true, trieLoss: true },
  { prefixVectors: false, trieLoss: true },
  { prefixVectors: true, trieLoss: false },
  { prefixVectors: false, trieLoss: false },
] as const;

/** Weights of larger spread than at the start, so that nothing is almost 0. */
export function spreadArena(config: CompactIdConfig): Float32Array<ArrayBuffer> {
  const { layout } = compactIdTable(config);
  const arena = initialCompactIds(config, 3);
  for (const { name, offset, size } of layout.entries) {
    const random = new RandomStream(7, name);
    for (let i = offset; i < offset + size; i++)
      arena[i] = (arena[i] ?? 0) + 0.3 * random.nextNormal();
  }
  return arena;
}

/** A user from the start, one whose first item is not scored, padding, and a row of padding. */
export const BATCH: Batch & { readonly segments: Uint32Array } = {
  B: 3,
  T: 7,
  scoredLimit: 9,
  ids: Uint32Array.from([0, 4, 10, 10, 1, 22, 5, 0, 23, 3, 7, 2, 2, 2, 9, 9, 9, 9, 9, 9, 9]),
  targets: Int32Array.from([
    ...[3, 9, 9, 0, 21, -100, 8],
    ...[-100, 2, 6, -100, -100, -100, -100],
    ...new Array<number>(7).fill(-100),
  ]),
  segments: Uint32Array.of(0, 7, 7, 11),
};

/** Final states of all positions of a batch, by the model's own body. */
export async function statesOf(
  executor: Executor,
  config: CompactIdConfig,
  arena: Float32Array,
  { B, T, ids, segments }: Pick<typeof BATCH, 'B' | 'T' | 'ids' | 'segments'>,
): Promise<number[]> {
  const { layout } = compactIdTable(config);
  const scope = new BufferScope(executor);
  const workspace = new Workspace(executor);
  const weights = scope.floats('weights', layout.length);
  const isOracle = executor instanceof CpuExecutor;
  executor.write(weights, isOracle ? (Float64Array.from(arena) as unknown as Float32Array) : arena);
  const rope = uploadRotaryTable(scope, stackOf(config));
  const positions = new ItemPositions(scope, config, TREE, rope, { B, T });
  const graph = new Graph();
  const parameters = ParameterViews.whole(layout, weights, null);
  const states = graph.keep(positions.states(graph, parameters, { recompute: false }));
  const plan = await compilePlan('states', graph, executor, workspace);
  positions.upload({ ids, segments });
  executor.run(plan.program);
  const view = plan.viewOf(states);
  const values = isOracle ? executor.numbers(view) : await executor.readFloats(view);
  const got = Array.from(values);
  plan.program.destroy();
  workspace.destroy();
  scope.destroy();
  return got;
}

/**
 * Log-probabilities of all items given a state, by the definition and nothing of the model's code:
 * level by level, every code that some item has after the codes before (or every code at all).
 */
export function naiveLogProbabilities(
  config: CompactIdConfig,
  arena: Float32Array<ArrayBuffer>,
  state: readonly number[],
): number[] {
  const { layout } = compactIdTable(config);
  const { width } = config;
  const codes = tensorOf(layout, arena, CODE_EMBEDDINGS);
  const prefixes = config.prefixVectors ? tensorOf(layout, arena, PREFIX_VECTORS) : null;
  const norm = tensorOf(layout, arena, LEVEL_NORM);
  const idOf = (item: number) => CODES.slice(item * LEVELS, (item + 1) * LEVELS);
  // Prefixes in the order of their lengths, then as numbers: what the table's rows stand for.
  const known = [1, 2, 3].flatMap((length) =>
    [
      ...new Set(Array.from({ length: ITEMS }, (_, item) => idOf(item).slice(0, length).join(''))),
    ].sort(),
  );
  const vector = (prefix: readonly number[], hasOwn: boolean) =>
    Array.from({ length: width }, (_, c) => {
      const level = prefix.length - 1;
      const row = level * CODES_PER_LEVEL + (prefix[level] ?? NaN);
      const own = known.indexOf(prefix.join(''));
      const extra = hasOwn && prefixes !== null ? (prefixes[own * width + c] ?? NaN) : 0;
      return (codes[row * width + c] ?? NaN) + extra;
    });
  return Array.from({ length: ITEMS }, (_, item) => {
    const id = idOf(item);
    let z = [...state];
    let sum = 0;
    for (let level = 0; level < LEVELS; level++) {
      const before = id.slice(0, level);
      const squares = z.reduce((total, x) => total + x * x, 0);
      const scale = 1 / Math.sqrt(squares / width + config.normEps);
      const normed = z.map((x, c) => x * scale * (norm[c] ?? NaN));
      const rivals = [0, 1, 2, 3, 4].filter(
        (code) => !config.trieLoss || known.includes([...before, code].join('')),
      );
      const logits = rivals.map((code) => {
        const row = vector([...before, code], config.trieLoss);
        return row.reduce((total, x, c) => total + x * (normed[c] ?? NaN), 0);
      });
      const total = logits.reduce((all, logit) => all + Math.exp(logit), 0);
      sum += (logits[rivals.indexOf(id[level] ?? NaN)] ?? NaN) - Math.log(total);
      const chosen = vector(id.slice(0, level + 1), true);
      z = z.map((x, c) => x + (chosen[c] ?? NaN));
    }
    return sum;
  });
}

/** The loss is what the definition says; the executor's loss and gradients are float64's. */
export async function checkLoss(executor: Executor, config: CompactIdConfig): Promise<void> {
  const before = executor.memory().liveBytes;
  const arena = spreadArena(config);
  const oracle = new CpuExecutor('f64');
  const model = compactIdModel(config, TREE);
  const exact = new GradientBench(oracle, model);
  const want = await exact.run(arena, BATCH);
  const states = await statesOf(oracle, config, arena, BATCH);
  const { width } = config;
  const losses = Array.from(BATCH.targets).flatMap((target, row) => {
    if (target < 0) return [];
    const state = states.slice(row * width, (row + 1) * width);
    return [-(naiveLogProbabilities(config, arena, state)[target] ?? NaN)];
  });
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  expect(Math.abs(want.loss - mean), 'loss by the definition').toBeLessThan(1e-9);
  const bench = new GradientBench(executor, model);
  const got = await bench.run(arena, BATCH);
  expectClose([got.loss], [want.loss], { absolute: 0, relative: 2e-6 }, 'loss');
  expectClose(got.gradient, want.gradient, { absolute: 4e-6, relative: 1e-4 }, 'gradients');
  expect(await bench.run(arena, BATCH), 'same bits on repeat').toEqual(got);
  // What stands in padding, and room that is not used, changes nothing.
  const ids = BATCH.ids.map((id, row) => (row > 10 ? (id + 3) % ITEMS : id));
  expect(await bench.run(arena, { ...BATCH, ids }), 'padding').toEqual(got);
  const other = { ...BATCH, ids: BATCH.ids.map((id, row) => (row === 9 ? 4 : id)) };
  expect((await bench.run(arena, other)).loss).not.toBe(got.loss);
  exact.destroy();
  bench.destroy();
  expect(executor.memory().liveBytes).toBe(before);
}
