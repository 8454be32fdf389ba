import { BufferScope } from '../compute/buffer-scope.ts';
import type { Executor } from '../compute/executor.ts';
import { createBeamSearch, type BeamSearch } from '../nn/beam-search.ts';
import type { ModelConfig } from '../nn/config.ts';
import { rotaryTable } from '../nn/ops/rotary.ts';
import { uploadWeights } from '../nn/parameter-arena.ts';
import type { ParameterViews } from '../nn/parameters.ts';
import { Workspace } from '../nn/plan.ts';
import { promptBatches, type PromptBatch } from './prompt-batches.ts';
import { promptTokens } from './token-rows.ts';
import { throwIfAborted } from './train-loop.ts';
import { buildTrie } from './trie.ts';
import type { RankedList, Sample, SemanticIds } from './types.ts';
import { tokenOf, type Vocabulary } from './vocabulary.ts';

export interface RankInput {
  readonly config: ModelConfig;
  /** Parameter arena. */
  readonly parameters: Float32Array;
  readonly ids: SemanticIds;
  /** Where the model has its id tokens. */
  readonly vocabulary: Vocabulary;
  readonly items: number;
  readonly samples: readonly Sample[];
  readonly beam: number;
  /** Users decoded together. */
  readonly batchUsers: number;
}

export interface RankHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}

/**
 * Ranks items for each sample by trie-constrained beam search: the ids of the history go in, the
 * beams that come out are items, best first. Results are in the order of the samples.
 * @errors aborted, device-lost, limit-exceeded, invalid-argument
 */
export async function rankSamples(
  executor: Executor,
  input: RankInput,
  { signal, onProgress }: RankHooks = {},
): Promise<RankedList[]> {
  const { ids, vocabulary, samples, beam, batchUsers } = input;
  const prompts = samples.map(({ history }) => promptTokens(history, ids, vocabulary));
  const results: RankedList[] = new Array<RankedList>(samples.length);
  const ranker = BufferScope.build(executor, (scope) => new Ranker(scope, input));
  const room = { answer: ids.levels - 1, maxPositions: input.config.maxPositions, batchUsers };
  let done = 0;
  try {
    for (const batch of promptBatches(prompts, room)) {
      throwIfAborted(signal);
      const lists = await ranker.rank(batch, prompts);
      lists.forEach((items, index) => {
        const at = batch.samples[index] ?? 0;
        const sample = samples[at];
        if (sample !== undefined) {
          results[at] = { user: sample.user, target: sample.target, items: items.slice(0, beam) };
        }
      });
      done += batch.samples.length;
      onProgress?.({ done, total: samples.length });
    }
    return results;
  } finally {
    ranker.destroy();
  }
}

/** The device side of a ranking run: weights, trie and one search per prompt length. */
class Ranker {
  private readonly executor: Executor;
  private readonly input: RankInput;
  private readonly workspace: Workspace;
  private readonly searches = new Map<number, BeamSearch>();
  private readonly scope: BufferScope;
  private readonly parameters: ParameterViews;
  private readonly buffers;

  constructor(scope: BufferScope, input: RankInput) {
    const { config, parameters, ids } = input;
    const { executor } = scope;
    this.scope = scope;
    this.executor = executor;
    this.input = input;
    this.workspace = new Workspace(executor);
    const { children } = buildTrie(ids);
    const { maxPositions, headWidth, ropeTheta } = config;
    this.parameters = uploadWeights(scope, config, parameters);
    this.buffers = {
      ropeTable: scope.floats('rope', maxPositions * headWidth),
      children: scope.allocate('trie', 'i32', children.length),
    };
    executor.write(this.buffers.ropeTable, rotaryTable(maxPositions, headWidth, ropeTheta));
    executor.write(this.buffers.children, children);
  }

  /** @returns per sample of the batch the items of its beams, best first */
  async rank(batch: PromptBatch, prompts: readonly (readonly number[])[]): Promise<number[][]> {
    const { batchUsers, beam } = this.input;
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
    const { items } = await search.run(tokens, lengths);
    return batch.samples.map((_, user) =>
      Array.from(items.subarray(user * beam, (user + 1) * beam)),
    );
  }

  destroy(): void {
    for (const search of this.searches.values()) search.destroy();
    this.workspace.destroy();
    this.scope.destroy();
  }

  private async searchFor(length: number): Promise<BeamSearch> {
    const existing = this.searches.get(length);
    if (existing !== undefined) return existing;
    const { config, ids, vocabulary, batchUsers, beam } = this.input;
    const search = await createBeamSearch(
      this.executor,
      this.workspace,
      config,
      this.parameters,
      this.buffers,
      {
        users: batchUsers,
        length,
        beam,
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
