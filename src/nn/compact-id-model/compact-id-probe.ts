import { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type Executor } from '../../compute/executor.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { DeviceWeights } from '../graph/parameter-arena.ts';
import { compilePlan, Workspace, type Plan } from '../graph/plan.ts';
import { rowSegments } from '../inputs/spans.ts';
import { gatherRows } from '../ops/embedding.ts';
import { pathStates } from '../ops/trie-beam.ts';
import { mostChildren, type CodeTree } from './code-tree.ts';
import { compactIdTable, type CompactIdConfig } from './compact-id-layout.ts';
import { uploadSearch } from './compact-id-search.ts';
import { ItemPositions } from './item-positions.ts';
import { levelScores, nodeTables, type SearchedModel } from './level-scores.ts';

/** Histories with the item that each is asked about. */
export interface ProbedUsers {
  /** Positions of the longest history, its start included. */
  readonly length: number;
  /** u32[users * length] as in training. */
  readonly ids: Uint32Array;
  /** u32[users], each at least 1. */
  readonly lengths: Uint32Array;
  /** The item of each user. */
  readonly targets: readonly number[];
}

/** What a model says of one target at one level. */
export interface ProbedLevel {
  /** Log-probability of the target's code after its true codes before. */
  readonly logProbability: number;
  /** No sibling is likelier; of equal ones the smaller code wins, as in beam search. */
  readonly isBest: boolean;
}

/**
 * One forward pass over fixed users, with the codes of their targets given (teacher forcing): what
 * training's loss sums, and whether greedy decoding would find the target. Compiled once; weights are
 * replaced on the device.
 */
export class CompactIdProbe {
  readonly weights: DeviceWeights;
  private readonly executor: Executor;
  private readonly scope: BufferScope;
  private readonly workspace: Workspace;
  private readonly plan: Plan;
  private readonly levels: readonly Value[];
  private readonly tree: CodeTree;
  private readonly users: ProbedUsers;

  private constructor(
    built: Pick<Parts, 'scope' | 'weights' | 'workspace' | 'tree' | 'users'> & {
      readonly plan: Plan;
      readonly levels: readonly Value[];
    },
  ) {
    this.executor = built.scope.executor;
    this.scope = built.scope;
    this.workspace = built.workspace;
    this.weights = built.weights;
    this.plan = built.plan;
    this.levels = built.levels;
    this.tree = built.tree;
    this.users = built.users;
  }

  /** @errors limit-exceeded, invalid-argument for another tree */
  static async create(
    executor: Executor,
    config: CompactIdConfig,
    tree: CodeTree,
    users: ProbedUsers,
  ): Promise<CompactIdProbe> {
    const scope = new BufferScope(executor);
    const workspace = new Workspace(executor);
    try {
      const weights = new DeviceWeights(scope, compactIdTable(config));
      const graph = new Graph();
      const parts = { scope, workspace, weights, graph, config, tree, users };
      const levels = emitLevels(parts);
      graph.prune();
      const plan = await compilePlan('compact probe', graph, executor, workspace);
      return new CompactIdProbe({ ...parts, plan, levels });
    } catch (error) {
      workspace.destroy();
      scope.destroy();
      throw error;
    }
  }

  /** @returns per user, per level; NaN where the weights give no numbers */
  async measure(): Promise<ProbedLevel[][]> {
    this.executor.run(this.plan.program);
    const scores = await Promise.all(
      this.levels.map((level) => this.executor.readFloats(this.plan.viewOf(level))),
    );
    return this.users.targets.map((target, user) =>
      scores.map((own, level) => this.probedLevel(target, user, level, own)),
    );
  }

  private probedLevel(
    target: number,
    user: number,
    level: number,
    scores: Float32Array,
  ): ProbedLevel {
    const { tree } = this;
    const parent = parentOf(tree, target, level);
    const first = tree.childStarts[parent] ?? 0;
    const count = (tree.childStarts[parent + 1] ?? 0) - first;
    const place = (tree.paths[target * tree.levels + level] ?? 0) - first;
    const start = user * mostChildren(tree, level);
    const own = scores.subarray(start, start + count);
    const wanted = own[place] ?? NaN;
    const isBest = own.every((score, k) => score < wanted || (score === wanted && k >= place));
    return { logProbability: wanted, isBest };
  }

  destroy(): void {
    this.plan.program.destroy();
    this.workspace.destroy();
    this.scope.destroy();
  }
}

interface Parts {
  readonly scope: BufferScope;
  readonly workspace: Workspace;
  readonly weights: DeviceWeights;
  readonly graph: Graph;
  readonly config: CompactIdConfig;
  readonly tree: CodeTree;
  readonly users: ProbedUsers;
}

/** The prefix whose children are an item's choices at a level. */
function parentOf(tree: CodeTree, item: number, level: number): number {
  return level === 0 ? 0 : (tree.paths[item * tree.levels + level - 1] ?? 0) + 1;
}

/** Log-probabilities of all children of the targets' true prefixes, one value a level. */
function emitLevels({ scope, weights, graph, config, tree, users }: Parts): Value[] {
  const { executor } = scope;
  const { length, ids, lengths, targets } = users;
  const rows = targets.length;
  const shared = uploadSearch(scope, config, tree);
  const model: SearchedModel = { config, tree, parameters: weights.views, shared };
  const positions = new ItemPositions(scope, config, tree, shared.ropeTable, {
    B: rows,
    T: length,
  });
  positions.upload({ ids, segments: rowSegments(lengths, length) });
  const upload = (label: string, type: 'u32' | 'i32', data: Uint32Array | Int32Array) => {
    const buffer = scope.allocate(label, type, data.length);
    executor.write(buffer, data);
    return viewOf(buffer);
  };
  const last = upload(
    'last rows',
    'u32',
    lengths.map((own, user) => user * length + own - 1),
  );
  const { width } = config;
  const zeros = scope.floats('probe scores', rows);
  executor.write(zeros, new Float32Array(rows));
  const scores = viewOf(zeros);
  const hidden = positions.states(graph, weights.views, { recompute: false });
  let states = gatherRows(graph, hidden, last, { rows, width });
  const levels: Value[] = [];
  for (let level = 0; level < tree.levels; level++) {
    const parents = Int32Array.from(targets, (target) => parentOf(tree, target, level));
    const beams = { scores, parents: upload(`probe prefixes ${level}`, 'i32', parents) };
    levels.push(graph.keep(levelScores(graph, model, states, beams, { level, rows })));
    if (level === tree.levels - 1) break;
    const chosen = new Uint32Array(4 * rows);
    targets.forEach((target, user) => {
      const node = tree.paths[target * tree.levels + level] ?? 0;
      chosen.set([user, node, tree.codeRows[node] ?? 0, 0], 4 * user);
    });
    const path = upload(`probe choices ${level}`, 'u32', chosen);
    states = pathStates(graph, states, path, nodeTables(model), { beams: rows, width });
  }
  return levels;
}
