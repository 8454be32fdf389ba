import { sizeName } from '../experiment/behaviour-sizes.ts';
import type { BaseSummary } from './opened-base.ts';

/** One line: "behaviour model L2H32A4, 1200 items, features category, 70000 parameters". */
export function describeBase(summary: BaseSummary): string {
  const parameters = `${String(summary.parameters)} parameters`;
  if (summary.kind === 'language-model') {
    const { architecture, tokens } = summary;
    return `${architecture} language model, ${String(tokens)} tokens, ${parameters}`;
  }
  if (summary.kind === 'compact') {
    const { layers, width, heads, levels, codesPerLevel, domains } = summary;
    const has = domains.map(({ name, items }) => `${name} (${String(items)} items)`).join(', ');
    const size = sizeName({ layers, width, heads });
    return `compact semantic ids ${size}, ${String(levels)} levels of ${String(codesPerLevel)} codes, ids of ${has || 'no domain'}, ${parameters}`;
  }
  const { sizes, items, features } = summary;
  const names = features.map(({ name }) => name).join(', ');
  const has = features.length === 0 ? 'no features' : `features ${names}`;
  return `behaviour model ${sizeName(sizes)}, ${String(items)} items, ${has}, ${parameters}`;
}
