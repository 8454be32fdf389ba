import { expect } from 'vitest';
import { BufferScope } from '../../../src/compute/buffer-scope.ts';
import { viewOf, type Executor } from '../../../src/compute/executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import {
  behaviourTable,
  initialBehaviour,
  type BehaviourConfig,
} from '../../../src/nn/behaviour-model/behaviour-layout.ts';
import {
  CandidateScorer,
  type ScorerCandidates,
  type ScorerHistories,
  type ScorerSizes,
} from '../../../src/nn/behaviour-model/candidate-scorer.ts';
import { ClickInputs, type ClickBatch } from '../../../src/nn/behaviour-model/click-model.ts';
import { Graph } from '../../../src/nn/graph/graph.ts';
import { HYPER_LENGTH } from '../../../src/nn/ops/optimizer.ts';
import { uploadTable } from '../../../src/nn/graph/parameter-arena.ts';
import { compilePlan, Workspace } from '../../../src/nn/graph/plan.ts';
import { expectClose } from '../ops/check-op.ts';

/** As `CandidateScorer` documents it. */
export const SCORER_TOLERANCE = { absolute: 2e-5, relative: 5e-5 };

export const SCORER_CONFIG: BehaviourConfig = {
  items: 50,
  features: [{ name: 'category', values: 7 }],
  numeric: 2,
  moments: [{ name: 'hour', values: 4 }],
  width: 32,
  layers: 2,
  heads: 4,
  maxPositions: 16,
};

/** A full history, a short one, one item, none. */
const LENGTHS = Uint32Array.of(12, 5, 1, 0);
export const SCORER_SIZES: ScorerSizes = { users: 4, length: 12, candidates: 5 };

/** Weights of larger spread than at the start, so that logits differ. */
export function scorerArena(): Float32Array {
  const arena = initialBehaviour(SCORER_CONFIG, true, 3);
  const random = new RandomStream(7, 'spread');
  return arena.map((value) => value + 0.15 * random.nextNormal());
}

/** @param salt other requests for other numbers */
export function scorerRequest(salt: number): {
  histories: ScorerHistories;
  candidates: ScorerCandidates;
} {
  const random = new RandomStream(5, `request ${salt}`);
  const { users, length, candidates: count } = SCORER_SIZES;
  const words = (rows: number, limit: number) =>
    Uint32Array.from({ length: rows }, () => random.nextInt(limit));
  const columns = (rows: number) => ({
    items: words(rows, SCORER_CONFIG.items),
    features: { category: words(rows, 7) },
  });
  const rows = users * count;
  return {
    histories: { ...columns(users * length), lengths: LENGTHS },
    candidates: {
      ...columns(rows),
      numeric: Float32Array.from({ length: 2 * rows }, () => random.nextNormal()),
      moments: { hour: words(rows, 4) },
    },
  };
}

/** The logits of the click model on [history, candidate], each encoded as a whole. */
export async function encodeAgain(
  executor: Executor,
  arena: Float32Array,
  { histories, candidates }: ReturnType<typeof scorerRequest>,
): Promise<Float32Array> {
  const { users, length, candidates: count } = SCORER_SIZES;
  const B = users * count;
  const T = length + 1;
  const items = new Uint32Array(B * T);
  const category = new Uint32Array(B * T);
  const segments: number[] = [];
  const rows: number[] = [];
  for (let b = 0; b < B; b++) {
    const user = Math.floor(b / count);
    const end = histories.lengths[user] ?? 0;
    const from = user * length;
    items.set(histories.items.subarray(from, from + end), b * T);
    category.set(histories.features['category']?.subarray(from, from + end) ?? [], b * T);
    items[b * T + end] = candidates.items[b] ?? NaN;
    category[b * T + end] = candidates.features['category']?.[b] ?? NaN;
    rows.push(b * T + end);
    segments.push(b * T, b * T + end + 1);
  }
  const batch: ClickBatch = {
    ...{ B, T, items, features: { category } },
    segments: Uint32Array.from(segments),
    candidates: Uint32Array.from(rows),
    labels: new Int32Array(B),
    ...(candidates.numeric === undefined ? {} : { numeric: candidates.numeric }),
    ...(candidates.moments === undefined ? {} : { moments: candidates.moments }),
  };
  const scope = new BufferScope(executor);
  const workspace = new Workspace(executor);
  const parameters = uploadTable(scope, behaviourTable(SCORER_CONFIG, true), arena);
  const inputs = new ClickInputs(scope, SCORER_CONFIG, batch);
  const hyper = viewOf(scope.floats('hyper', HYPER_LENGTH));
  const graph = new Graph();
  const context = { parameters, hyper, recompute: false, bindingBytes: 2 ** 27 };
  const logits = graph.keep(inputs.head(graph, context).logits);
  const plan = await compilePlan('again', graph, executor, workspace);
  inputs.upload(batch);
  executor.run(plan.program);
  const result = await executor.readFloats(plan.viewOf(logits));
  plan.program.destroy();
  workspace.destroy();
  scope.destroy();
  return result;
}

/** Two requests against one scorer, and more candidates against the histories of the second. */
export async function checkScorer(executor: Executor): Promise<void> {
  const arena = scorerArena();
  const scorer = await CandidateScorer.create(executor, SCORER_CONFIG, arena, SCORER_SIZES);
  const check = async (request: ReturnType<typeof scorerRequest>, what: string) => {
    const got = await scorer.score(request.candidates);
    const want = await encodeAgain(executor, arena, request);
    expect(Math.max(...want) - Math.min(...want), 'logits differ').toBeGreaterThan(0.5);
    expectClose(got, want, SCORER_TOLERANCE, what);
  };
  const first = scorerRequest(1);
  scorer.prefill(first.histories);
  await check(first, 'first histories');
  const second = scorerRequest(2);
  scorer.prefill(second.histories);
  await check(second, 'other histories');
  await check({ ...second, candidates: scorerRequest(3).candidates }, 'more candidates');
  scorer.destroy();
  await executor.idle();
  expect(executor.memory().liveBytes, 'buffers left behind').toBe(0);
}
