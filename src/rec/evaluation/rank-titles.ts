import type { Arena } from '../../core/arena-source.ts';
import { AppError } from '../../core/errors.ts';
import { BufferScope } from '../../compute/buffer-scope.ts';
import type { DeviceBuffer, Executor } from '../../compute/executor.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import { rotaryTable } from '../../nn/ops/rotary.ts';
import { parameterTable } from '../../nn/transformer/layout.ts';
import { DeviceWeights } from '../../nn/graph/parameter-arena.ts';
import { Workspace } from '../../nn/graph/plan.ts';
import { createSampler, type Sampler } from '../../nn/decoding/sampler.ts';
import type { DrawRule } from './draw-distances.ts';
import { groundQueries } from './grounding.ts';
import { promptBatches, type PromptBatch } from '../rows/prompt-batches.ts';
import type { TextEmbedder } from '../text/text-embedding.ts';
import { titlePrompt, type TitleFormat } from '../rows/title-rows.ts';
import { throwIfAborted } from '../training/train-loop.ts';
import type { RankedList, Sample } from '../data/types.ts';

export interface RankTitlesInput {
  readonly config: ModelConfig;
  /** Parameter arena. */
  readonly parameters: Arena;
  readonly samples: readonly Sample[];
  /** As in training. */
  readonly format: TitleFormat;
  /** Titles sampled for a user (the paper: 5). */
  readonly titlesPerUser: number;
  /** Tokens of a title with its separator (the paper: 32). */
  readonly maxTokens: number;
  /** The paper: 0.6. */
  readonly temperature: number;
  /** Of the sampling. */
  readonly seed: number;
  /** Text of tokens before the separator. */
  readonly decode: (tokens: readonly number[]) => string;
  /** The one that made the items' vectors. */
  readonly embedder: TextEmbedder;
  /** f32[items, embedder.width]. */
  readonly itemVectors: Float32Array;
  /** See `popularityRecency`; null ranks by distance alone. */
  readonly coefficients: Float64Array | null;
  /** Absent: an item is as near as the nearest title. */
  readonly rule?: DrawRule;
  /** Items of a user's own history are no answers. Default: they are not. */
  readonly maskHistory?: boolean;
  /** Items of a ranking. */
  readonly top: number;
  /** Users decoded together. */
  readonly batchUsers: number;
}

export interface RankTitlesHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: {
    readonly phase: 'sample' | 'embed' | 'ground';
    readonly done: number;
    readonly total: number;
  }) => void;
}

export interface RankedByTitles {
  /** In the order of the samples. */
  readonly lists: readonly RankedList[];
  /** Per sample the titles that were drawn, equal ones included. */
  readonly titles: readonly (readonly string[])[];
}

/**
 * Ranks items for each sample as BIGRec does: titles of a next item are sampled after the titles of
 * the history, embedded as the items were, and grounded on the nearest items. History items are
 * masked unless that is turned off, each user's own. The draws depend on (seed, user index, title, position) alone.
 * @errors aborted, device-lost, limit-exceeded, invalid-argument, non-finite
 */
export async function rankByTitles(
  executor: Executor,
  input: RankTitlesInput,
  { signal, onProgress }: RankTitlesHooks = {},
): Promise<RankedByTitles> {
  const { samples, embedder, itemVectors, coefficients, rule, top, maskHistory = true } = input;
  const hooks = (phase: 'sample' | 'embed' | 'ground') => ({
    ...(signal === undefined ? {} : { signal }),
    onProgress: (progress: { readonly done: number; readonly total: number }) => {
      onProgress?.({ phase, ...progress });
    },
  });
  const titles = await sampleTitles(executor, input, hooks('sample'));
  // Popular titles are drawn again and again: each is embedded once.
  const texts = [...new Set(titles.flat())];
  const rowOf = new Map(texts.map((text, row) => [text, row]));
  const queries = await embedder.embed(texts, hooks('embed'));
  throwIfAborted(signal);
  const users = samples.map(({ history }, index) => ({
    history: maskHistory ? history : [],
    queries: drawsOf(titles[index] ?? [], rule).map((text) => rowOf.get(text) ?? -1),
  }));
  const { width } = embedder;
  const grounding = {
    width,
    queries,
    itemVectors,
    users,
    coefficients,
    top,
    ...(rule && { rule }),
  };
  const rankings = await groundQueries(executor, grounding, hooks('ground'));
  const lists = samples.map(({ user, target }, index) => {
    return { user, target, items: rankings[index] ?? [] };
  });
  return { lists, titles };
}

/** A density counts how often a title was drawn, the nearest one does not. */
function drawsOf(titles: readonly string[], rule?: DrawRule): readonly string[] {
  return (rule?.bandwidth ?? null) === null ? [...new Set(titles)] : titles;
}

interface SampleHooks {
  readonly signal?: AbortSignal;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

async function sampleTitles(
  executor: Executor,
  input: RankTitlesInput,
  { signal, onProgress }: SampleHooks,
): Promise<string[][]> {
  const { config, samples, format, maxTokens, batchUsers } = input;
  if (samples.length === 0) {
    throw new AppError('data-invalid', 'There is no user to generate titles for.');
  }
  const prompts = samples.map(({ history }) => titlePrompt(history, format));
  const { maxPositions } = config;
  const batches = promptBatches(prompts, { answer: maxTokens - 1, maxPositions, batchUsers });
  const titles: string[][] = samples.map(() => []);
  const writer = BufferScope.build(executor, (scope) => new TitleWriter(scope, input));
  let done = 0;
  try {
    await writer.weights.load(input.parameters);
    for (const batch of batches) {
      throwIfAborted(signal);
      const found = await writer.write(batch, prompts);
      batch.samples.forEach((sample, index) => {
        titles[sample] = found[index] ?? [];
      });
      done += batch.samples.length;
      onProgress({ done, total: samples.length });
    }
    return titles;
  } finally {
    writer.destroy();
  }
}

/** The device side of sampling: weights and a sampler for each prompt length. */
class TitleWriter {
  readonly weights: DeviceWeights;
  private readonly input: RankTitlesInput;
  private readonly scope: BufferScope;
  private readonly workspace: Workspace;
  private readonly ropeTable: DeviceBuffer;
  private readonly samplers = new Map<number, Sampler>();

  constructor(scope: BufferScope, input: RankTitlesInput) {
    const { maxPositions, headWidth, ropeTheta } = input.config;
    this.input = input;
    this.scope = scope;
    this.workspace = new Workspace(scope.executor);
    this.weights = new DeviceWeights(scope, parameterTable(input.config));
    this.ropeTable = scope.floats('rope', maxPositions * headWidth);
    scope.executor.write(this.ropeTable, rotaryTable(maxPositions, headWidth, ropeTheta));
  }

  /** @returns the texts of each sample of the batch */
  async write(batch: PromptBatch, prompts: readonly (readonly number[])[]): Promise<string[][]> {
    const { samples, batchUsers, titlesPerUser, maxTokens, seed, format, decode } = this.input;
    const { length } = batch;
    const sampler = await this.samplerFor(length);
    const tokens = new Uint32Array(batchUsers * length);
    const lengths = new Uint32Array(batchUsers);
    const userIds = new Uint32Array(batchUsers);
    for (let place = 0; place < batchUsers; place++) {
      // A short batch repeats its users: other prompts might keep the decoding going.
      const sample = batch.samples[place % batch.samples.length] ?? 0;
      const prompt = prompts[sample] ?? [];
      tokens.set(prompt, place * length);
      lengths[place] = prompt.length;
      userIds[place] = samples[sample]?.user ?? 0;
    }
    const found = await sampler.run({ prompts: tokens, lengths, userIds, seed });
    return batch.samples.map((_, place) =>
      Array.from({ length: titlesPerUser }, (_unused, k) => {
        const first = (place * titlesPerUser + k) * maxTokens;
        const own = [...found.subarray(first, first + maxTokens)];
        const end = own.indexOf(format.separator);
        return decode(end < 0 ? own : own.slice(0, end));
      }),
    );
  }

  destroy(): void {
    for (const sampler of this.samplers.values()) sampler.destroy();
    this.workspace.destroy();
    this.scope.destroy();
  }

  private async samplerFor(length: number): Promise<Sampler> {
    const existing = this.samplers.get(length);
    if (existing !== undefined) return existing;
    const { config, batchUsers, titlesPerUser, maxTokens, temperature, format } = this.input;
    const sampler = await createSampler(
      this.scope.executor,
      this.workspace,
      config,
      this.weights.views,
      { ropeTable: this.ropeTable },
      {
        ...{ users: batchUsers, length, samples: titlesPerUser, maxTokens, temperature },
        stopToken: format.separator,
      },
    );
    this.samplers.set(length, sampler);
    return sampler;
  }
}
