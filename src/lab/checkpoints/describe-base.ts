import { sizeName } from '../experiment/behaviour-sizes.ts';
import type { BaseSummary } from './opened-base.ts';

/** One line: "behaviour model L2H32A4, 1200 items, features category, 70000 parameters". */
export function describeBase(summary: BaseSummary): string {
  const parameters = `${String(summary.parameters)} parameters`;
  if (summary.kind === 'language-model') {
    const { architecture, tokens } = summary;
    return `${architecture} language model, ${String(tokens)} tokens, ${parameters}`;
  }
  const { sizes, items, features } = summary;
  const names = features.map(({ name }) => name).join(', ');
  const has = features.length === 0 ? 'no features' : `features ${names}`;
  return `behaviour model ${sizeName(sizes)}, ${String(items)} items, ${has}, ${parameters}`;
}
