import { AppError } from '../../core/errors.ts';
import { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type DeviceBuffer, type Executor, type Program } from '../../compute/executor.ts';
import { bindableElements } from '../../compute/limits.ts';
import { Graph } from '../../nn/graph/graph.ts';
import { emitMatmul } from '../../nn/ops/matmul.ts';
import { compilePlan, Workspace } from '../../nn/graph/plan.ts';
import { combinedDistance, type DrawRule } from './draw-distances.ts';
import type { RankHooks } from '../data/rank-hooks.ts';
import { throwIfAborted } from '../training/train-loop.ts';

/** What one user is grounded on. The history stands with its user, so no other can be masked. */
export interface GroundingUser {
  /** Rows of the queries: the user's sampled titles; of a density each as often as it was drawn. */
  readonly queries: readonly number[];
  /** Items that are not recommended to this user. */
  readonly history: readonly number[];
}

export interface GroundingInput {
  readonly width: number;
  /** f32[queries, width]. */
  readonly queries: Float32Array;
  /** f32[items, width], of the same embedder. */
  readonly itemVectors: Float32Array;
  readonly users: readonly GroundingUser[];
  /** f64[items], see `popularityRecency`: distances are divided by it; null leaves them. */
  readonly coefficients: Float64Array | null;
  /** How the distances of a user's queries become one; the nearest when absent. */
  readonly rule?: DrawRule;
  /** Items of a ranking. */
  readonly top: number;
  /** Inner products of one block of users; 2²² (16 MiB) when absent. */
  readonly blockElements?: number;
}

const BLOCK_ELEMENTS = 2 ** 22;
/** Candidates of the float32 products whose order float64 decides, beyond those wanted. */
const MARGIN = 16;
const NEAREST: DrawRule = { bandwidth: null };

/**
 * BIGRec's grounding of generated titles on items: the distance of a user and an item is
 *   s(i) = min over the user's queries of ‖q‖² + ‖v_i‖² − 2 q · v_i,
 * infinite for the user's own history, divided by the item's coefficient; smallest first. A density
 * of all draws can stand in its place (`combinedDistance`). Items at
 * an infinite distance are left out. The products run on the executor block by block; the best
 * candidates are compared again in float64, so that equal items tie on every executor. The smaller
 * index wins a tie.
 * @returns per user item indices, best first, at most `top`
 * @errors invalid-argument, non-finite, aborted, device-lost
 * @source  Bao et al. 2023, arXiv:2308.08434; the coefficient is MMGRid's
 */
export async function groundQueries(
  executor: Executor,
  input: GroundingInput,
  { signal, onProgress }: RankHooks = {},
): Promise<number[][]> {
  checkInput(input);
  const { width, queries, itemVectors, users, blockElements = BLOCK_ELEMENTS } = input;
  const items = itemVectors.length / width;
  const mostQueries = users.reduce((most, user) => Math.max(most, user.queries.length), 1);
  const fitting = Math.floor(Math.min(blockElements, bindableElements(executor.profile)) / items);
  const rows = Math.ceil(Math.max(mostQueries, Math.min(fitting, queries.length / width)) / 4) * 4;
  const itemNorms = squaredNorms(itemVectors, width);
  const queryNorms = squaredNorms(queries, width);
  const scope = new BufferScope(executor);
  const workspace = new Workspace(executor);
  let products: Products | null = null;
  try {
    products = await prepareProducts(scope, workspace, itemVectors, width, rows);
    const distances = new Float64Array(items);
    const results: number[][] = [];
    while (results.length < users.length) {
      throwIfAborted(signal);
      const block = usersOfBlock(users, results.length, rows);
      const own = [...new Set(block.flatMap((user) => user.queries))];
      const dots = await products.of(
        own.map((query) => queries.subarray(query * width, (query + 1) * width)),
      );
      const rowOf = new Map(own.map((query, row) => [query, row]));
      for (const user of block) {
        const rowsOf = user.queries.map((query) => (rowOf.get(query) ?? 0) * items);
        const norms = user.queries.map((query) => queryNorms[query] ?? NaN);
        const own = new Float64Array(rowsOf.length);
        for (let item = 0; item < items; item++) {
          for (let k = 0; k < own.length; k++) {
            const dot = dots[(rowsOf[k] ?? NaN) + item] ?? NaN;
            own[k] = (norms[k] ?? NaN) + (itemNorms[item] ?? NaN) - 2 * dot;
          }
          distances[item] = combinedDistance(own, coefficientOf(input, item), ruleOf(input));
        }
        results.push(rankUser(input, user, distances, queryNorms, itemNorms));
      }
      onProgress?.({ done: results.length, total: users.length });
    }
    return results;
  } finally {
    products?.destroy();
    workspace.destroy();
    scope.destroy();
  }
}

/** Users from `first` on whose distinct queries fit into one block; at least one. */
function usersOfBlock(users: readonly GroundingUser[], first: number, rows: number) {
  const distinct = new Set<number>();
  let end = first;
  for (; end < users.length; end++) {
    for (const query of users[end]?.queries ?? []) distinct.add(query);
    if (distinct.size > rows) break;
  }
  return users.slice(first, Math.max(end, first + 1));
}

/** null: distances alone. */
function coefficientOf({ coefficients }: GroundingInput, item: number): number | null {
  return coefficients === null ? null : (coefficients[item] ?? NaN);
}

function ruleOf({ rule = NEAREST }: GroundingInput): DrawRule {
  return rule;
}

/** Masks and ranks; `distances` are the float32 ones and are overwritten. */
function rankUser(
  input: GroundingInput,
  user: GroundingUser,
  distances: Float64Array,
  queryNorms: Float64Array,
  itemNorms: Float64Array,
): number[] {
  const { queries, itemVectors, width, top } = input;
  for (const item of user.history) distances[item] = Infinity;
  const own = new Float64Array(user.queries.length);
  const exact = smallest(distances, top + MARGIN).map((item) => {
    user.queries.forEach((query, k) => {
      let dot = 0;
      for (let c = 0; c < width; c++) {
        dot += (queries[query * width + c] ?? NaN) * (itemVectors[item * width + c] ?? NaN);
      }
      own[k] = (queryNorms[query] ?? NaN) + (itemNorms[item] ?? NaN) - 2 * dot;
    });
    return { item, s: combinedDistance(own, coefficientOf(input, item), ruleOf(input)) };
  });
  exact.sort((a, b) => a.s - b.s || a.item - b.item);
  return exact.slice(0, top).map(({ item }) => item);
}

/** Indices of the `count` smallest finite numbers, the smaller index first among equals. */
function smallest(values: Float64Array, count: number): number[] {
  const best: number[] = [];
  let bar = Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (!(value < bar)) continue;
    let at = best.length;
    while (at > 0 && value < (values[best[at - 1] ?? 0] ?? NaN)) at -= 1;
    best.splice(at, 0, i);
    if (best.length > count) best.pop();
    if (best.length === count) bar = values[best[count - 1] ?? 0] ?? NaN;
  }
  return best;
}

interface Products {
  /** @returns f32[rows, items], valid for as many rows as there are queries */
  readonly of: (queries: readonly Float32Array[]) => Promise<Float32Array>;
  destroy(): void;
}

/** queries · itemsᵀ for up to `rows` queries; the items in as many parts as bindings need. */
async function prepareProducts(
  scope: BufferScope,
  workspace: Workspace,
  itemVectors: Float32Array,
  width: number,
  rows: number,
): Promise<Products> {
  const { executor } = scope;
  const items = itemVectors.length / width;
  const fitting = Math.floor(bindableElements(executor.profile) / width / 4) * 4;
  const most = Math.min(items, fitting);
  const queries = scope.floats('queries', rows * width);
  const parts: { program: Program; out: DeviceBuffer; first: number; count: number }[] = [];
  for (let first = 0; first < items; first += most) {
    const count = Math.min(most, items - first);
    const vectors = scope.floats('item vectors', count * width);
    executor.write(vectors, itemVectors.subarray(first * width, (first + count) * width));
    const out = scope.floats('inner products', rows * count);
    const graph = new Graph();
    const operands = { out: viewOf(out), a: viewOf(queries), b: viewOf(vectors) };
    emitMatmul(graph, 'nt', operands, { M: rows, N: count, K: width }, 0);
    const { program } = await compilePlan('ground', graph, executor, workspace);
    parts.push({ program, out, first, count });
  }
  const host = new Float32Array(rows * width);
  const dots = new Float32Array(rows * items);
  const of = async (block: readonly Float32Array[]) => {
    block.forEach((query, row) => {
      host.set(query, row * width);
    });
    executor.write(queries, host);
    for (const { program } of parts) executor.run(program);
    for (const { out, first, count } of parts) {
      const found = await executor.readFloats(viewOf(out, 0, Math.max(1, block.length) * count));
      block.forEach((_, row) => {
        dots.set(found.subarray(row * count, (row + 1) * count), row * items + first);
      });
    }
    return dots;
  };
  return {
    of,
    destroy() {
      for (const { program } of parts) program.destroy();
    },
  };
}

function squaredNorms(vectors: Float32Array, width: number): Float64Array {
  return Float64Array.from({ length: vectors.length / width }, (_, row) => {
    let sum = 0;
    for (let at = row * width; at < (row + 1) * width; at++) sum += (vectors[at] ?? NaN) ** 2;
    return sum;
  });
}

function checkInput({
  width,
  queries,
  itemVectors,
  coefficients,
  users,
  top,
}: GroundingInput): void {
  const isWhole = (length: number) => length > 0 && length % width === 0;
  const items = itemVectors.length / width;
  const isFitting = coefficients === null || coefficients.length === items;
  if (!isWhole(queries.length) || !isWhole(itemVectors.length) || !isFitting || !(top >= 1)) {
    throw new AppError('invalid-argument', 'Queries, items and coefficients do not fit together.', {
      hint: 'Embed titles and items with the same model.',
      details: { width, queries: queries.length, items: itemVectors.length },
    });
  }
  const count = queries.length / width;
  const hasStrays = users.some((user) =>
    user.queries.some((query) => !(query >= 0 && query < count)),
  );
  if (hasStrays)
    throw new AppError('invalid-argument', 'A user asks with a query that is not there.');
  for (const vectors of [queries, itemVectors]) {
    if (!vectors.every((value) => Number.isFinite(value))) {
      throw new AppError('non-finite', 'The embeddings are not finite numbers.', {
        hint: 'The checkpoint is damaged or its training diverged; choose another one.',
      });
    }
  }
}
