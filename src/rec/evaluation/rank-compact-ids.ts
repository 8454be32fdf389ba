import { AppError } from '../../core/errors.ts';
import { BufferScope } from '../../compute/buffer-scope.ts';
import type { Executor } from '../../compute/executor.ts';
import type { CodeTree } from '../../nn/compact-id-model/code-tree.ts';
import {
  compactIdTable,
  type CompactIdConfig,
} from '../../nn/compact-id-model/compact-id-layout.ts';
import {
  createCompactSearch,
  uploadSearch,
  type CompactSearch,
} from '../../nn/compact-id-model/compact-id-search.ts';
import type { CompactSearchBuffers } from '../../nn/compact-id-model/level-scores.ts';
import { DeviceWeights } from '../../nn/graph/parameter-arena.ts';
import { Workspace } from '../../nn/graph/plan.ts';
import type { RankHooks } from '../data/rank-hooks.ts';
import type { RankedList, Sample } from '../data/types.ts';
import { checkItems, itemPositions } from '../rows/item-rows.ts';
import { promptBatches, type PromptBatch } from '../rows/prompt-batches.ts';
import type { SearchedLevels } from '../semantic-ids/beam-tree.ts';
import { throwIfAborted } from '../training/train-loop.ts';
import { searchedTree } from './traced-search.ts';

/** How samples of one domain are ranked, whatever the weights are. */
export interface CompactRankSetup {
  readonly config: CompactIdConfig;
  readonly tree: CodeTree;
  readonly beam: number;
  /** Users decoded together. */
  readonly batchUsers: number;
  /** For `trace`. */
  readonly isTraced?: boolean;
}

/** A list with the log-probability of each of its items. */
export interface ScoredList extends RankedList {
  readonly scores: readonly number[];
}

/**
 * Ranks items for each sample by beam search over the domain's prefix tree. Results are in the
 * order of the samples.
 * @errors aborted, device-lost, limit-exceeded, invalid-argument, non-finite
 */
export async function rankCompactIds(
  executor: Executor,
  setup: CompactRankSetup & {
    readonly parameters: Float32Array;
    readonly samples: readonly Sample[];
  },
  hooks: RankHooks = {},
): Promise<ScoredList[]> {
  checkWeights(setup.config, setup.parameters);
  const session = new CompactRankSession(executor, setup);
  try {
    session.weights.write(setup.parameters);
    return await session.rank(setup.samples, hooks);
  } finally {
    session.destroy();
  }
}

/**
 * The device side of ranking: weights, tree and one compiled search per length of histories.
 * Weights may be replaced, from the host or on the device, and the searches used again.
 */
export class CompactRankSession {
  readonly weights: DeviceWeights;
  private readonly executor: Executor;
  private readonly setup: CompactRankSetup;
  private readonly workspace: Workspace;
  private readonly searches = new Map<number, CompactSearch>();
  private readonly scope: BufferScope;
  private readonly shared: CompactSearchBuffers;

  /** @errors limit-exceeded, invalid-argument for a tree of another model */
  constructor(executor: Executor, setup: CompactRankSetup) {
    const { config, tree } = setup;
    this.executor = executor;
    this.setup = setup;
    this.workspace = new Workspace(executor);
    const built = BufferScope.build(executor, (scope) => ({
      scope,
      weights: new DeviceWeights(scope, compactIdTable(config)),
      shared: uploadSearch(scope, config, tree),
    }));
    this.scope = built.scope;
    this.weights = built.weights;
    this.shared = built.shared;
  }

  /** @errors aborted, device-lost, limit-exceeded, invalid-argument, non-finite */
  async rank(
    samples: readonly Sample[],
    { signal, onProgress }: RankHooks = {},
  ): Promise<ScoredList[]> {
    const { config, tree, batchUsers } = this.setup;
    for (const { history } of samples) checkItems(history, tree.items);
    const prompts = samples.map(({ history }) => itemPositions(history));
    const results = new Array<ScoredList>(samples.length);
    const room = { answer: 0, maxPositions: config.maxPositions, batchUsers };
    let done = 0;
    for (const batch of promptBatches(prompts, room)) {
      throwIfAborted(signal);
      const lists = await this.rankBatch(batch, prompts);
      lists.forEach((list, index) => {
        const at = batch.samples[index] ?? 0;
        const sample = samples[at];
        if (sample !== undefined) {
          results[at] = { user: sample.user, target: sample.target, ...list };
        }
      });
      done += batch.samples.length;
      onProgress?.({ done, total: samples.length });
    }
    return results;
  }

  /**
   * The list of one customer, and what the search did for it. @errors as `rank`; internal for a
   * setup that is not traced, or of several users
   */
  async trace(
    sample: Sample,
    hooks: RankHooks = {},
  ): Promise<{ readonly list: ScoredList; readonly searched: SearchedLevels }> {
    const { config, tree, batchUsers } = this.setup;
    if (batchUsers !== 1) throw new AppError('internal', 'A search of one user is traced.');
    const [list] = await this.rank([sample], hooks);
    const room = { answer: 0, maxPositions: config.maxPositions, batchUsers };
    const [batch] = promptBatches([itemPositions(sample.history)], room);
    if (list === undefined || batch === undefined) throw new AppError('internal', 'No list.');
    const levels = await (await this.searchFor(batch.length)).trace();
    return { list, searched: searchedTree(tree, levels) };
  }

  /** @returns per sample of the batch its beams, best first */
  private async rankBatch(
    { length, samples }: PromptBatch,
    prompts: readonly (readonly number[])[],
  ): Promise<{ items: number[]; scores: number[] }[]> {
    const { batchUsers, beam } = this.setup;
    const search = await this.searchFor(length);
    const ids = new Uint32Array(batchUsers * length);
    // Empty places of a short batch hold the start alone: a length of 0 has no last row.
    const lengths = new Uint32Array(batchUsers).fill(1);
    samples.forEach((sample, user) => {
      const prompt = prompts[sample] ?? [];
      ids.set(prompt, user * length);
      lengths[user] = prompt.length;
    });
    const { items, scores } = await search.run(ids, lengths);
    return samples.map((_, user) => {
      // Every tree has a best item: a user without one has scores that are no numbers.
      if ((items[user * beam] ?? -1) < 0) throw notFinite();
      const own = Array.from(items.subarray(user * beam, (user + 1) * beam));
      return { items: own, scores: Array.from(scores.subarray(user * beam, (user + 1) * beam)) };
    });
  }

  destroy(): void {
    for (const search of this.searches.values()) search.destroy();
    this.workspace.destroy();
    this.scope.destroy();
  }

  private async searchFor(length: number): Promise<CompactSearch> {
    const existing = this.searches.get(length);
    if (existing !== undefined) return existing;
    const { config, tree, batchUsers, beam, isTraced = false } = this.setup;
    const model = { config, tree, parameters: this.weights.views, shared: this.shared };
    const sizes = { users: batchUsers, length, beam, isTraced };
    const search = await createCompactSearch(this.executor, this.workspace, model, sizes);
    this.searches.set(length, search);
    return search;
  }
}

/** One NaN would only take the items below its prefix out of the lists, without a word. */
function checkWeights(config: CompactIdConfig, parameters: Float32Array): void {
  const at = parameters.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const { entries } = compactIdTable(config).layout;
  const name = entries.findLast(({ offset }) => offset <= at)?.name ?? '';
  throw new AppError('non-finite', `Tensor "${name}" holds a value that is not finite.`, {
    hint: 'The checkpoint is damaged or its training diverged: train or merge it again.',
    faults: [{ place: `tensor "${name}"`, message: `${String(parameters[at])} at ${String(at)}` }],
  });
}

function notFinite(): AppError {
  return new AppError('non-finite', 'The scores of the model are not finite; nothing is ranked.', {
    hint: 'Its weights hold NaN or infinity, or are far too large: train or merge it again.',
  });
}
