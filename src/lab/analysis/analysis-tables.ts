import { analysisKind } from '../experiment/analyses/analysis-list.ts';
import type { AnalysisTable } from '../experiment/analyses/analysis-table.ts';
import type { AnalysisResult } from './analysis-result.ts';

/** All tables of an analysis. Shares are 0…1; an empty text stands for what does not exist. */
export function tablesOf({ value, models }: AnalysisResult): readonly AnalysisTable[] {
  return analysisKind(value.kind).tables(value, models);
}
