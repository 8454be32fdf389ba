import { BufferScope } from '../../src/compute/buffer-scope.ts';
import type { Executor } from '../../src/compute/executor.ts';
import type { ModelConfig } from '../../src/nn/transformer/config.ts';
import { initialParameters } from '../../src/nn/transformer/init.ts';
import { uploadRotaryTable } from '../../src/nn/transformer/language-model.ts';
import { uploadWeights } from '../../src/nn/transformer/device-weights.ts';
import { Workspace } from '../../src/nn/graph/plan.ts';
import { createSampler } from '../../src/nn/decoding/sampler.ts';
import { rankByTitles, type RankTitlesInput } from '../../src/rec/evaluation/rank-titles.ts';
import { createModelEmbedder, type TextEmbedder } from '../../src/rec/text/text-embedding.ts';
import { titlePrompt, type TitleFormat } from '../../src/rec/rows/title-rows.ts';
import { TITLE_TOKEN } from '../../src/rec/semantic-ids/vocabulary.ts';
import { createWordEmbedder } from '../../src/rec/text/word-embedding.ts';
import type { BenchCase, BenchSuite, PreparedCase, Size } from '../suite.ts';
import {
  bodyFlops,
  catalogueSamples,
  catalogueTokens,
  catalogueVectors,
  ITEMS,
  textModel,
  tokensOf,
  wordsOf,
} from '../text-catalogue.ts';

/** Positions of a prompt; ten titles take about 90. */
const PROMPT = 128;
/** Untrained weights hardly ever end a title: nearly all take this many tokens. */
const MAX_TOKENS = 16;
/** As the paper: titles of a user, temperature. */
const TITLES = 5;
const TEMPERATURE = 0.6;
const TOP = 20;
const WORD_DIMENSIONS = 64;
const USERS: Readonly<Record<Size, number>> = { nano: 8, small: 8, medium: 64, large: 64 };
const SIZES: readonly Size[] = ['nano', 'small', 'medium', 'large'];

/** Users are decoded together in one batch. */
export const suite: BenchSuite = {
  name: 'title-evaluation',
  cases: SIZES.flatMap((size) => [ranking(size, 'words'), ranking(size, 'model'), sampling(size)]),
};

/** Users a second from histories to rankings: loading, compiling, sampling, embedding, grounding. */
function ranking(size: Size, grounding: 'words' | 'model'): BenchCase {
  const { config, flops, users } = workOf(size);
  const { width, layers } = config;
  return {
    name: `rank by titles d ${width}, ${layers} layers, ${TITLES} titles of ${MAX_TOKENS} tokens, ${grounding} embedder, ${ITEMS} items`,
    size,
    unit: 'users/s',
    flops,
    async prepare(executor) {
      const format = titleFormat();
      const embedder =
        grounding === 'words'
          ? createWordEmbedder(format.itemTokens.map(wordsOf), WORD_DIMENSIONS, 1)
          : await modelEmbedder(executor, config);
      const input: RankTitlesInput = {
        ...{ config, format, samples: catalogueSamples(users), batchUsers: users },
        ...{ titlesPerUser: TITLES, maxTokens: MAX_TOKENS, temperature: TEMPERATURE, seed: 1 },
        ...{ decode: wordsOf, embedder, itemVectors: catalogueVectors(embedder.width) },
        ...{ parameters: initialParameters(config, 1), coefficients: null, top: TOP },
      };
      return rankingCase(executor, input);
    },
  };
}

function rankingCase(executor: Executor, input: RankTitlesInput): PreparedCase {
  return {
    async round(repeats) {
      for (let i = 0; i < repeats; i++) {
        const { lists } = await rankByTitles(executor, input);
        const short = lists.find(({ items }) => items.length !== TOP);
        if (short !== undefined) throw new Error(`user ${short.user} was recommended too little`);
      }
      return repeats * input.samples.length;
    },
    dispose() {
      input.embedder.destroy();
    },
  };
}

/** Other weights than the generator's, as the base's are. */
function modelEmbedder(executor: Executor, config: ModelConfig): Promise<TextEmbedder> {
  const parameters = initialParameters(config, 2);
  return createModelEmbedder(executor, {
    ...{ config, parameters, encode: tokensOf, maxTokens: MAX_TOKENS },
  });
}

/** Tokens a second of the sampler alone, compiled before, prompts included. */
function sampling(size: Size): BenchCase {
  const { config, flops, users } = workOf(size);
  const { width, layers, vocabSize } = config;
  return {
    name: `sample titles d ${width}, ${layers} layers, V ${vocabSize}, ${users} prompts of ${PROMPT} positions, ${TITLES} titles each`,
    size,
    unit: 'tokens/s',
    flops,
    prepare: (executor) => prepareSampling(executor, config, users),
  };
}

async function prepareSampling(
  executor: Executor,
  config: ModelConfig,
  users: number,
): Promise<PreparedCase> {
  const scope = new BufferScope(executor);
  const workspace = new Workspace(executor);
  const release = () => {
    workspace.destroy();
    scope.destroy();
  };
  try {
    const parameters = uploadWeights(scope, config, initialParameters(config, 1));
    const sizes = {
      ...{ users, length: PROMPT, samples: TITLES, maxTokens: MAX_TOKENS },
      ...{ temperature: TEMPERATURE, stopToken: TITLE_TOKEN },
    };
    const rope = { ropeTable: uploadRotaryTable(scope, config) };
    const sampler = await createSampler(executor, workspace, config, parameters, rope, sizes);
    const input = { ...paddedPrompts(users), seed: 1 };
    return {
      async round(repeats) {
        let tokens = 0;
        for (let i = 0; i < repeats; i++) {
          tokens += sampledTokens(await sampler.run(input), MAX_TOKENS, TITLE_TOKEN);
        }
        return tokens;
      },
      dispose() {
        sampler.destroy();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

function paddedPrompts(users: number) {
  const format = titleFormat();
  const own = catalogueSamples(users).map(({ history }) => titlePrompt(history, format));
  const prompts = new Uint32Array(users * PROMPT);
  own.forEach((prompt, user) => {
    prompts.set(prompt, user * PROMPT);
  });
  const lengths = Uint32Array.from(own, ({ length }) => length);
  return { prompts, lengths, userIds: Uint32Array.from(own, (_, user) => user) };
}

/** Tokens of continuations up to their first stop token, which was sampled too. */
export function sampledTokens(tokens: Uint32Array, maxTokens: number, stopToken: number): number {
  let sampled = 0;
  for (let first = 0; first < tokens.length; first += maxTokens) {
    const end = tokens.subarray(first, first + maxTokens).indexOf(stopToken);
    sampled += end < 0 ? maxTokens : end + 1;
  }
  return sampled;
}

function titleFormat(): TitleFormat {
  return { itemTokens: catalogueTokens(), separator: TITLE_TOKEN, promptPositions: PROMPT };
}

/** Model and work of a size: prompts once, then a head for every token. */
function workOf(size: Size): { config: ModelConfig; flops: number; users: number } {
  const users = USERS[size];
  const config = textModel(size, PROMPT + MAX_TOKENS);
  const sampled = users * TITLES * MAX_TOKENS;
  const head = 2 * sampled * config.width * config.vocabSize;
  return { users, config, flops: bodyFlops(config, users * PROMPT + sampled, PROMPT) + head };
}
