import { expect } from 'vitest';
import { BufferScope } from '../../../src/compute/buffer-scope.ts';
import { CpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import type { Executor } from '../../../src/compute/executor.ts';
import {
  compactIdTable,
  type CompactIdConfig,
} from '../../../src/nn/compact-id-model/compact-id-layout.ts';
import {
  createCompactSearch,
  uploadSearch,
} from '../../../src/nn/compact-id-model/compact-id-search.ts';
import { uploadTable } from '../../../src/nn/graph/parameter-arena.ts';
import { Workspace } from '../../../src/nn/graph/plan.ts';
import { rowSegments } from '../../../src/nn/inputs/spans.ts';
import { expectClose } from '../ops/check-op.ts';
import { ITEMS, naiveLogProbabilities, spreadArena, statesOf, TREE } from './compact-ids.ts';

const LENGTH = 6;
/** Three users: no history at all, one of two items, one that fills the room. */
export const LENGTHS = Uint32Array.of(1, 3, 6);
export const IDS = Uint32Array.from([0, 9, 9, 9, 9, 9, 0, 23, 4, 9, 9, 9, 0, 4, 10, 10, 22, 1]);
const USERS = LENGTHS.length;

/** What a search of so many beams finds. */
export async function search(
  executor: Executor,
  config: CompactIdConfig,
  arena: Float32Array,
  beam: number,
  { ids = IDS, lengths = LENGTHS } = {},
): Promise<{ items: Int32Array; scores: Float32Array }> {
  const scope = new BufferScope(executor);
  const workspace = new Workspace(executor);
  try {
    const parameters = uploadTable(scope, compactIdTable(config), arena);
    const shared = uploadSearch(scope, config, TREE);
    const model = { config, tree: TREE, parameters, shared };
    const sizes = { users: USERS, length: LENGTH, beam };
    const compiled = await createCompactSearch(executor, workspace, model, sizes);
    try {
      // Another batch before: nothing of it may be left.
      await compiled.run(IDS.toReversed().fill(0, 0, 1), Uint32Array.of(6, 1, 2));
      return await compiled.run(ids, lengths);
    } finally {
      compiled.destroy();
    }
  } finally {
    workspace.destroy();
    scope.destroy();
  }
}

/** Log-probabilities of all items for each user by the definition, in float64. */
async function wanted(config: CompactIdConfig, arena: Float32Array<ArrayBuffer>) {
  const rows = { B: USERS, T: LENGTH, ids: IDS, segments: rowSegments(LENGTHS, LENGTH) };
  const states = await statesOf(new CpuExecutor('f64'), config, arena, rows);
  const { width } = config;
  return Array.from(LENGTHS, (length, user) => {
    const row = user * LENGTH + length - 1;
    return naiveLogProbabilities(config, arena, states.slice(row * width, (row + 1) * width));
  });
}

/**
 * With as many beams as there are items, the scores are the log-probabilities of all items, best
 * first; with few, the best of what survived (an item's score is still its log-probability).
 */
export async function checkSearch(executor: Executor, config: CompactIdConfig): Promise<void> {
  const before = executor.memory().liveBytes;
  const arena = spreadArena(config);
  const exact = await wanted(config, arena);
  const beam = ITEMS + 4;
  const { items, scores } = await search(executor, config, arena, beam);
  const few = await search(executor, config, arena, 5);
  expect(TREE.shadowed).toBe(1);
  exact.forEach((logs, user) => {
    const recommended = [...TREE.itemOfLeaf];
    const total = recommended.reduce((sum, item) => sum + Math.exp(logs[item] ?? NaN), 0);
    if (config.trieLoss) expect(Math.abs(total - 1), 'probabilities').toBeLessThan(1e-12);
    else expect(total, 'codes of no item have the rest').toBeLessThan(0.9);
    const order = recommended.sort((a, b) => (logs[b] ?? 0) - (logs[a] ?? 0));
    const own = Array.from(items.subarray(user * beam, (user + 1) * beam));
    const none = new Array<number>(beam - order.length).fill(-1);
    expect(own, `order of user ${user}`).toEqual([...order, ...none]);
    const found = scores.subarray(user * beam, user * beam + order.length);
    const want = order.map((item) => logs[item] ?? NaN);
    expectClose(found, want, { absolute: 1e-5, relative: 1e-6 }, 'log-probabilities');
    const best = few.items.subarray(user * 5, (user + 1) * 5);
    const kept = Array.from(best, (item) => logs[item] ?? NaN);
    expectClose(
      few.scores.subarray(user * 5, (user + 1) * 5),
      kept,
      {
        ...{ absolute: 1e-5, relative: 1e-6 },
      },
      'scores of a narrow beam',
    );
    expect(kept).toEqual(kept.toSorted((a, b) => b - a));
  });
  expect(executor.memory().liveBytes).toBe(before);
}
