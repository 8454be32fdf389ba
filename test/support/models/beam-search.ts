import { expect } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { RandomStream } from '../../../src/core/rng.ts';
import { forwardLogits } from '../../../src/nn/transformer/forward.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { rankSamples } from '../../../src/rec/evaluation/evaluate.ts';
import { itemTokens, promptTokens } from '../../../src/rec/rows/token-rows.ts';
import { buildTrie, legalCodes, childOf } from '../../../src/rec/semantic-ids/trie.ts';
import type { Sample, SemanticIds } from '../../../src/rec/data/types.ts';
import { createVocabulary, tokenOf } from '../../../src/rec/semantic-ids/vocabulary.ts';

const ITEMS = 40;
const LEVELS = 3;

function distinctIds(codesPerLevel: number): SemanticIds {
  const random = new RandomStream(5, 'beam test ids');
  const seen = new Set<string>();
  const codes: number[] = [];
  while (seen.size < ITEMS) {
    const own = Array.from({ length: LEVELS }, () => random.nextInt(codesPerLevel));
    if (seen.has(own.join())) continue;
    seen.add(own.join());
    codes.push(...own);
  }
  return {
    levels: LEVELS,
    codesPerLevel,
    codes: Uint16Array.from(codes),
    collisions: 0,
    repaired: 0,
  };
}

/**
 * Ranks with the search and by brute force: every item's tokens are appended to the prompt, scored
 * by plain full attention, and renormalised over the legal children at each level. With a beam as
 * wide as the catalogue both must give the same order.
 */
export async function checkBeamSearch(
  executor: Executor,
  width: number,
  codesPerLevel = 8,
): Promise<void> {
  const ids = distinctIds(codesPerLevel);
  const vocabulary = createVocabulary(LEVELS, codesPerLevel);
  const config = {
    vocabSize: vocabulary.size,
    width,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headWidth: 8,
    feedForward: 32,
    tied: true,
    qkNorm: true,
    normEps: 1e-6,
    ropeTheta: 10000,
    maxPositions: 64,
  };
  // Larger than usual weights, so that scores differ well beyond rounding.
  const parameters = initialParameters(config, 3).map((x) => (x === 1 ? 1 : 8 * x));
  const samples: Sample[] = [3, 1, 9].map((size, user) => ({
    user,
    target: user,
    timeMs: 0,
    history: Array.from({ length: size }, (_, i) => (7 * i + user) % ITEMS),
  }));
  const ranked = await rankSamples(executor, {
    config,
    parameters,
    ids,
    vocabulary,
    items: ITEMS,
    samples,
    beam: ITEMS,
    batchUsers: 2,
  });
  const trie = buildTrie(ids);
  for (const [index, sample] of samples.entries()) {
    const scores: number[] = [];
    for (let item = 0; item < ITEMS; item++) {
      const prompt = promptTokens(sample.history, ids, vocabulary);
      const tokens = Uint32Array.from([...prompt, ...itemTokens(item, ids, vocabulary)]);
      const logits = await forwardLogits(executor, config, parameters, {
        B: 1,
        T: tokens.length,
        ids: tokens,
      });
      let node = 0;
      let score = 0;
      for (let level = 0; level < LEVELS; level++) {
        const row = (prompt.length - 1 + level) * config.vocabSize;
        const logit = (code: number) => logits[row + tokenOf(vocabulary, level, code)] ?? NaN;
        const total = legalCodes(trie, node).reduce((sum, code) => sum + Math.exp(logit(code)), 0);
        const code = ids.codes[item * LEVELS + level] ?? 0;
        score += logit(code) - Math.log(total);
        node = childOf(trie, node, code);
      }
      scores.push(score);
    }
    const order = scores.map((_, item) => item).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
    expect(ranked[index]?.items).toEqual(order);
    expect(ranked[index]?.target).toBe(sample.target);
  }
}
