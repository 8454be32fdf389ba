import type { BaseSummary } from '../../../workers/api.ts';
import { formatBytes, formatCount } from '../format.ts';

const SHOWN_DIGITS = 12;

/** What was read of a language model, as terms and facts. */
export function baseFacts(summary: BaseSummary): readonly (readonly [string, string])[] {
  const { architecture, config, parameters, tokens, sizeBytes, types, ignored, digest } = summary;
  const { layers, width, heads, kvHeads, vocabSize, tied, maxPositions } = config;
  return [
    ['Architecture', `${architecture}, ${tied ? 'tied' : 'own'} output rows`],
    ['Layers', `${formatCount(layers)} of width ${formatCount(width)}`],
    ['Heads', `${formatCount(heads)}, ${formatCount(kvHeads)} for keys and values`],
    ['Vocabulary', `${formatCount(tokens)} tokens, ${formatCount(vocabSize)} rows`],
    ['Positions', formatCount(maxPositions)],
    ['Parameters', formatCount(parameters)],
    ['Weights', `${types.join(', ')}, ${formatBytes(sizeBytes)}`],
    ...(ignored.length === 0 ? [] : [['Not used', ignored.join(', ')] as const]),
    ['Digest', digest.slice(0, SHOWN_DIGITS)],
  ];
}
