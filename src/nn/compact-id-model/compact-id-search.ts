import { AppError } from '../../core/errors.ts';
import { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type Executor } from '../../compute/executor.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { compilePlan, type Plan, type ValueMemory } from '../graph/plan.ts';
import { rowSegments } from '../inputs/spans.ts';
import { gatherRows } from '../ops/embedding.ts';
import {
  pathStates,
  selectChildren,
  type ChosenChildren,
  type TrieBeams,
} from '../ops/trie-beam.ts';
import { uploadRotaryTable } from '../transformer/language-model.ts';
import { mostChildren, type CodeTree } from './code-tree.ts';
import { checkTree, stackOf, type CompactIdConfig } from './compact-id-layout.ts';
import { ITEM_BASE, ItemPositions } from './item-positions.ts';
import {
  levelScores,
  nodeTables,
  trieOperands,
  type CompactSearchBuffers,
  type SearchedModel,
} from './level-scores.ts';

/** Most beams: a thread holds its user's list in private memory. */
const MOST_BEAMS = 64;

export interface CompactSearchSizes {
  /** Users decoded together. */
  readonly users: number;
  /** Positions of the longest history, its start included. */
  readonly length: number;
  readonly beam: number;
  /** Whether `trace` is asked for: then all that the levels say stays in memory. */
  readonly isTraced?: boolean;
}

/** What one level of a search said and chose. */
export interface SearchedLevel {
  /** f32[users * beams before, most]: log-probabilities of all children, with that of their prefix. */
  readonly candidates: Float32Array<ArrayBuffer>;
  readonly most: number;
  /** f32[users * beam]: log-probabilities of what was chosen; far below all others where nothing was. */
  readonly scores: Float32Array<ArrayBuffer>;
  /** u32[users * beam, 4]: the beam before that each continues, its node, its code's row, 0. */
  readonly chosen: Uint32Array;
}

/** @errors invalid-argument for another tree */
export function uploadSearch(
  scope: BufferScope,
  config: CompactIdConfig,
  tree: CodeTree,
): CompactSearchBuffers {
  checkTree(config, tree);
  const { executor } = scope;
  const childStarts = scope.allocate('child starts', 'u32', tree.childStarts.length);
  const codeRows = scope.allocate('code rows', 'u32', tree.codeRows.length);
  executor.write(childStarts, tree.childStarts);
  executor.write(codeRows, tree.codeRows);
  return { ropeTable: uploadRotaryTable(scope, stackOf(config)), childStarts, codeRows };
}

/** A compiled search: one pass over the histories, then every level on the same states. */
export interface CompactSearch {
  /**
   * @param ids u32[users * length] as in training: `START_ID`, then `ITEM_BASE` + item
   * @param lengths u32[users], each at least 1
   * @returns item i32[users * beam] (-1 = none), best first, and its log-probability
   * @errors invalid-argument for items that are not there, or lengths beyond the room
   */
  run(ids: Uint32Array, lengths: Uint32Array): Promise<{ items: Int32Array; scores: Float32Array }>;
  /** By level what the last run said. @errors internal for a search that is not traced */
  trace(): Promise<readonly SearchedLevel[]>;
  readonly plan: Plan;
  destroy(): void;
}

/**
 * Beam search over a prefix tree with the normaliser of training: with the trie loss a score is the
 * log-probability of the item among all items. The blocks run once a user; a level costs its
 * children only.
 * @errors limit-exceeded, device-lost, invalid-argument
 */
export async function createCompactSearch(
  executor: Executor,
  memory: ValueMemory,
  model: SearchedModel,
  sizes: CompactSearchSizes,
): Promise<CompactSearch> {
  const { config, tree, parameters, shared } = model;
  const { users, length, beam } = sizes;
  if (beam > MOST_BEAMS || beam < 1) {
    throw new AppError('limit-exceeded', `A search takes 1 to ${MOST_BEAMS} beams, not ${beam}.`, {
      hint: 'Choose fewer beams.',
    });
  }
  const scope = new BufferScope(executor);
  try {
    const positions = new ItemPositions(scope, config, tree, shared.ropeTable, {
      B: users,
      T: length,
    });
    const root = {
      lastRows: scope.allocate('last rows', 'u32', users),
      scores: scope.floats('root scores', users),
      parents: scope.allocate('root parents', 'i32', users),
    };
    const graph = new Graph();
    const states = positions.states(graph, parameters, { recompute: false });
    const lastSizes = { rows: users, width: config.width };
    const last = gatherRows(graph, states, viewOf(root.lastRows), lastSizes);
    const beams = { scores: viewOf(root.scores), parents: viewOf(root.parents) };
    const levels = emitLevels(graph, model, last, beams, sizes);
    const found = levels.at(-1)?.chosen;
    if (found === undefined) throw new AppError('internal', 'A tree without levels.');
    graph.keep(found.scores);
    graph.keep(found.parents);
    for (const { candidates, chosen } of sizes.isTraced === true ? levels : []) {
      for (const value of [candidates, chosen.scores, chosen.chosen]) graph.keep(value);
    }
    graph.prune();
    const plan = await compilePlan(`compact ids ${users}x${length}`, graph, executor, memory);
    return {
      plan,
      async run(ids, lengths) {
        checkHistories(tree, sizes, ids, lengths);
        positions.upload({ ids, segments: rowSegments(lengths, length) });
        const lastRows = lengths.map((size, user) => user * length + size - 1);
        executor.write(root.lastRows, lastRows);
        executor.run(plan.program);
        const [parents, scores] = await Promise.all([
          executor.read(plan.viewOf(found.parents)),
          executor.readFloats(plan.viewOf(found.scores)),
        ]);
        return { items: itemsOf(tree, parents), scores };
      },
      async trace() {
        if (sizes.isTraced !== true) throw new AppError('internal', 'The search is not traced.');
        return Promise.all(
          levels.map(async ({ candidates, most, chosen }) => ({
            candidates: await executor.readFloats(plan.viewOf(candidates)),
            most,
            scores: await executor.readFloats(plan.viewOf(chosen.scores)),
            chosen: Uint32Array.from(await executor.read(plan.viewOf(chosen.chosen))),
          })),
        );
      },
      destroy() {
        plan.program.destroy();
        scope.destroy();
      },
    };
  } catch (error) {
    scope.destroy();
    throw error;
  }
}

interface EmittedLevel {
  readonly candidates: Value;
  readonly most: number;
  readonly chosen: ChosenChildren;
}

function emitLevels(
  graph: Graph,
  model: SearchedModel,
  last: Value,
  root: TrieBeams,
  { users, beam }: CompactSearchSizes,
): EmittedLevel[] {
  const { config, tree } = model;
  const { width } = config;
  const trie = trieOperands(model);
  let states = last;
  let before = root;
  let beams = 1;
  const levels: EmittedLevel[] = [];
  for (let level = 0; ; level++) {
    const most = mostChildren(tree, level);
    const candidates = levelScores(graph, model, states, before, { level, rows: users * beams });
    const chosen = selectChildren(graph, candidates, before, trie, { users, beams, beam, most });
    levels.push({ candidates, most, chosen });
    if (level === tree.levels - 1) return levels;
    states = pathStates(graph, states, chosen.chosen, nodeTables(model), {
      ...{ beams: users * beam, width },
    });
    before = chosen;
    beams = beam;
  }
}

/** @errors invalid-argument for items that are not there, or lengths without a last position */
function checkHistories(
  tree: CodeTree,
  { users, length }: CompactSearchSizes,
  ids: Uint32Array,
  lengths: Uint32Array,
): void {
  const isRoom = ids.length === users * length && lengths.length === users;
  if (!isRoom || lengths.some((own) => own < 1 || own > length)) {
    const message = `A search needs ${users} histories of 1 to ${length} positions.`;
    throw new AppError('invalid-argument', message);
  }
  if (ids.every((id) => id < ITEM_BASE + tree.items)) return;
  throw new AppError('invalid-argument', `A history names an item beyond its ${tree.items}.`);
}

/** The first item of each leaf that a beam ended at; dead beams have none. */
function itemsOf(tree: CodeTree, parents: ArrayLike<number>): Int32Array {
  const firstLeaf = tree.levelStarts[tree.levels - 1] ?? 0;
  return Int32Array.from(parents, (parent) =>
    parent < 0 ? -1 : (tree.itemOfLeaf[parent - 1 - firstLeaf] ?? -1),
  );
}
