import type { ParameterLayout, TensorEntry } from '../../core/layout.ts';
import type { ParameterRule } from './parameter-rules.ts';

/**
 * What weight decay may pull towards 0, by what a tensor is:
 *   projections  matrices inside of the blocks and heads' hidden layers
 *   embeddings   tables of rows: tokens, items, features, codes, prefixes, the start of a sequence
 *   heads        output weights of their own, also where they are a vector
 *   norms        gains of RMSNorm
 *   biases       what is added whatever the input is, and a logit scale
 * Tied output weights are the embeddings that they are tied to.
 */
export const DECAY_GROUPS = ['projections', 'embeddings', 'heads', 'norms', 'biases'] as const;

export type DecayGroup = (typeof DECAY_GROUPS)[number];

/** The first pattern that fits names the group; all that is left is a projection. */
const PATTERNS: readonly (readonly [RegExp, DecayGroup])[] = [
  [/norm\.weight$/, 'norms'],
  // The bias of a click head's hidden layer is a column among the few weights of its numbers.
  [/\.bias$|^logit_scale$|click_head\.numeric\.weight$/, 'biases'],
  [/lm_head\.weight$|click_head\.output\.weight$/, 'heads'],
  [/embed_tokens|_embeddings?\.|item_token|prefix_vectors|start\.weight$/, 'embeddings'],
  // Rows of a click head's features of the moment.
  [/click_head\.(?!hidden)[a-z0-9_]+\.weight$/, 'embeddings'],
];

export function decayGroupOf(name: string): DecayGroup {
  return PATTERNS.find(([pattern]) => pattern.test(name))?.[1] ?? 'projections';
}

/**
 * Rules that decay these groups and nothing else. Without rules AdamW decays by shape: matrices and
 * tables, so a head's hidden bias too, and no vector, so not the output weights of a click head.
 */
export function decayRules(
  { entries }: ParameterLayout,
  groups: readonly DecayGroup[],
): ParameterRule[] {
  return entries.map(({ name }: TensorEntry) => ({
    pattern: name,
    decay: groups.includes(decayGroupOf(name)),
  }));
}
