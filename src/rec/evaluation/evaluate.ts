import type { Arena } from '../../core/arena-source.ts';
import { AppError } from '../../core/errors.ts';
import { BufferScope } from '../../compute/buffer-scope.ts';
import type { RankHooks } from '../data/rank-hooks.ts';
import type { Executor } from '../../compute/executor.ts';
import { createBeamSearch, type BeamSearch } from '../../nn/decoding/beam-search.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import { parameterTable } from '../../nn/transformer/layout.ts';
import { rotaryTable } from '../../nn/ops/rotary.ts';
import { DeviceWeights } from '../../nn/graph/parameter-arena.ts';
import { Workspace } from '../../nn/graph/plan.ts';
import { promptBatches, type PromptBatch } from '../rows/prompt-batches.ts';
import { promptTokens } from '../rows/token-rows.ts';
import { throwIfAborted } from '../training/train-loop.ts';
import type { SearchedLevels } from '../semantic-ids/beam-tree.ts';
import { buildTrie } from '../semantic-ids/trie.ts';
import { searchedTrie } from './traced-search.ts';
import type { RankedList, Sample, SemanticIds } from '../data/types.ts';
import { tokenOf, type Vocabulary } from '../semantic-ids/vocabulary.ts';

/** How samples of one domain are ranked, whatever the weights are. */
export interface RankSetup {
  readonly config: ModelConfig;
  readonly ids: SemanticIds;
  /** Where the model has its id tokens. */
  readonly vocabulary: Vocabulary;
  readonly beam: number;
  /** Users decoded together. */
  readonly batchUsers: number;
  /** For `trace`. */
  readonly isTraced?: boolean;
}

export interface RankInput extends RankSetup {
  /** Parameter arena. */
  readonly parameters: Arena;
  readonly items: number;
  readonly samples: readonly Sample[];
}

/**
 * Ranks items for each sample by trie-constrained beam search: the ids of the history go in, the
 * beams that come out are items, best first. Results are in the order of the samples.
 * @errors aborted, device-lost, limit-exceeded, invalid-argument
 */
export async function rankSamples(
  executor: Executor,
  input: RankInput,
  hooks: RankHooks = {},
): Promise<RankedList[]> {
  const session = new RankSession(executor, input);
  try {
    await session.weights.load(input.parameters);
    return await session.rank(input.samples, hooks);
  } finally {
    session.destroy();
  }
}

/**
 * The device side of ranking: weights, trie and one compiled search per prompt length. Weights may
 * be replaced, from the host or on the device, and the searches used again.
 */
export class RankSession {
  readonly weights: DeviceWeights;
  private readonly executor: Executor;
  private readonly setup: RankSetup;
  private readonly workspace: Workspace;
  private readonly searches = new Map<number, BeamSearch>();
  private readonly scope: BufferScope;
  private readonly buffers;

  /** @errors limit-exceeded */
  constructor(executor: Executor, setup: RankSetup) {
    const { config, ids } = setup;
    this.executor = executor;
    this.setup = setup;
    this.workspace = new Workspace(executor);
    const { children } = buildTrie(ids);
    const { maxPositions, headWidth, ropeTheta } = config;
    const built = BufferScope.build(executor, (scope) => ({
      scope,
      weights: new DeviceWeights(scope, parameterTable(config)),
      buffers: {
        ropeTable: scope.floats('rope', maxPositions * headWidth),
        children: scope.allocate('trie', 'i32', children.length),
      },
    }));
    this.scope = built.scope;
    this.weights = built.weights;
    this.buffers = built.buffers;
    executor.write(this.buffers.ropeTable, rotaryTable(maxPositions, headWidth, ropeTheta));
    executor.write(this.buffers.children, children);
  }

  /** @errors aborted, device-lost, limit-exceeded, invalid-argument */
  async rank(
    samples: readonly Sample[],
    { signal, onProgress }: RankHooks = {},
  ): Promise<RankedList[]> {
    const { ids, vocabulary, batchUsers, config } = this.setup;
    const prompts = samples.map(({ history }) => promptTokens(history, ids, vocabulary));
    const results: RankedList[] = new Array<RankedList>(samples.length);
    const room = { answer: ids.levels - 1, maxPositions: config.maxPositions, batchUsers };
    let done = 0;
    for (const batch of promptBatches(prompts, room)) {
      throwIfAborted(signal);
      const lists = await this.rankBatch(batch, prompts);
      lists.forEach((list, index) => {
        const at = batch.samples[index] ?? 0;
        const sample = samples[at];
        if (sample !== undefined)
          results[at] = { user: sample.user, target: sample.target, ...list };
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
  ): Promise<{ readonly list: RankedList; readonly searched: SearchedLevels }> {
    const { ids, vocabulary, config, batchUsers } = this.setup;
    if (batchUsers !== 1) throw new AppError('internal', 'A search of one user is traced.');
    const [list] = await this.rank([sample], hooks);
    const prompts = [promptTokens(sample.history, ids, vocabulary)];
    const room = { answer: ids.levels - 1, maxPositions: config.maxPositions, batchUsers };
    const [batch] = promptBatches(prompts, room);
    if (list === undefined || batch === undefined) throw new AppError('internal', 'No list.');
    const levels = await (await this.searchFor(batch.length)).trace();
    return { list, searched: searchedTrie(buildTrie(ids), levels) };
  }

  /** @returns per sample of the batch the items of its beams with their log-probabilities, best first */
  private async rankBatch(
    batch: PromptBatch,
    prompts: readonly (readonly number[])[],
  ): Promise<{ items: number[]; scores: number[] }[]> {
    const { batchUsers, beam } = this.setup;
    const { length } = batch;
    const search = await this.searchFor(length);
    const tokens = new Uint32Array(batchUsers * length);
    // Empty places of a short batch hold one pad token: a length of 0 has no last row.
    const lengths = new Uint32Array(batchUsers).fill(1);
    batch.samples.forEach((sample, user) => {
      const prompt = prompts[sample] ?? [];
      tokens.set(prompt, user * length);
      lengths[user] = prompt.length;
    });
    const { items, scores } = await search.run(tokens, lengths);
    return batch.samples.map((_, user) => ({
      items: Array.from(items.subarray(user * beam, (user + 1) * beam)),
      scores: Array.from(scores.subarray(user * beam, (user + 1) * beam)),
    }));
  }

  destroy(): void {
    for (const search of this.searches.values()) search.destroy();
    this.workspace.destroy();
    this.scope.destroy();
  }

  private async searchFor(length: number): Promise<BeamSearch> {
    const existing = this.searches.get(length);
    if (existing !== undefined) return existing;
    const { config, ids, vocabulary, batchUsers, beam, isTraced = false } = this.setup;
    const search = await createBeamSearch(
      this.executor,
      this.workspace,
      config,
      this.weights.views,
      this.buffers,
      {
        users: batchUsers,
        length,
        beam,
        isTraced,
        codes: ids.codesPerLevel,
        firstTokens: Array.from({ length: ids.levels }, (_, level) =>
          tokenOf(vocabulary, level, 0),
        ),
      },
    );
    this.searches.set(length, search);
    return search;
  }
}
