import type { AnalysisResult } from '../../lab/analysis/analysis-result.ts';
import type { AnalysisFigure, AnalysisFigures, TableOf } from './analysis-figure.ts';

/** What groups of merges reach when others choose. */
export const heldOutChoiceFigures: AnalysisFigures = {
  kind: 'held-out-choice',
  figures: figuresOf,
};

function figuresOf({ value }: AnalysisResult, table: TableOf): AnalysisFigure[] {
  if (value.kind !== 'held-out-choice') return [];
  const first = value.groups[0]?.name ?? '';
  return [
    {
      title: 'What the best merge of each group is worth to users who did not choose it',
      note: `Half of each domain's users choose by ${value.metric}@${String(value.k)}, the other half is measured, over 20 cuts. Differences to "${first}" are paired by user. The best of all users is flattered by the choice.`,
      table: table('groups'),
      chart: { type: 'none' },
    },
    {
      title: 'Which merge was chosen how often',
      note: 'Shares of the halves, 0 to 1.',
      table: table('chosen'),
      chart: { type: 'none' },
    },
  ];
}
