import type { BehaviourSummary } from '../../../lab/checkpoints/imported-behaviour.ts';
import type { CompactSummary } from '../../../lab/checkpoints/imported-compact.ts';
import type { LanguageSummary } from '../../../lab/checkpoints/imported-base.ts';
import type { BaseSummary } from '../../../lab/checkpoints/opened-base.ts';
import { formatBytes, formatCount } from '../../text/format.ts';

const SHOWN_DIGITS = 12;

type Facts = readonly (readonly [string, string])[];

/** What was read of a base, as terms and facts. */
export function baseFacts(summary: BaseSummary): Facts {
  switch (summary.kind) {
    case 'behaviour':
      return behaviourFacts(summary);
    case 'compact':
      return compactFacts(summary);
    case 'language-model':
      return languageFacts(summary);
  }
}

function compactFacts(summary: CompactSummary): Facts {
  const { layers, width, heads, levels, codesPerLevel, prefixes, domains } = summary;
  const { parameters, types, sizeBytes, digest } = summary;
  const named = domains.map(({ name, items }) => `${name} (${formatCount(items)} items)`);
  return [
    ['Model', 'of compact semantic ids'],
    ['Layers', `${formatCount(layers)} of width ${formatCount(width)}`],
    ['Heads', formatCount(heads)],
    ['Codes', `${formatCount(levels)} levels of ${formatCount(codesPerLevel)}`],
    ['Prefix vectors', prefixes === 0 ? 'none' : formatCount(prefixes)],
    ['Ids of', named.length === 0 ? 'no domain' : named.join(', ')],
    ['Parameters', formatCount(parameters)],
    ['Weights', `${types.join(', ')}, ${formatBytes(sizeBytes)}`],
    ['Digest', digest.slice(0, SHOWN_DIGITS)],
  ];
}

function behaviourFacts(summary: BehaviourSummary): Facts {
  const { sizes, items, features, parameters, types, sizeBytes, ignored, digest } = summary;
  const valued = features.map(({ name, values }) => `${name} (${formatCount(values)} values)`);
  return [
    ['Model', 'of behaviour sequences, pretrained on items'],
    ['Layers', `${formatCount(sizes.layers)} of width ${formatCount(sizes.width)}`],
    ['Heads', formatCount(sizes.heads)],
    ['Items', formatCount(items)],
    ['Features', valued.length === 0 ? 'none' : valued.join(', ')],
    ['Parameters', formatCount(parameters)],
    ['Weights', `${types.join(', ')}, ${formatBytes(sizeBytes)}`],
    ...(ignored.length === 0
      ? []
      : [['Not used', `a click head of ${formatCount(ignored.length)} tensors`] as const]),
    ['Digest', digest.slice(0, SHOWN_DIGITS)],
  ];
}

function languageFacts(summary: LanguageSummary): Facts {
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
