import type { AnalysisArtefact } from '../experiment/analyses/analysis-list.ts';

export type ArtefactOf<Kind extends AnalysisArtefact['kind']> = Extract<
  AnalysisArtefact,
  { kind: Kind }
>;

/** An analysis with what it is called; what page, files and reports show. */
export interface AnalysisResult {
  readonly id: string;
  readonly name: string;
  /** 0: of all seeds together. */
  readonly seed: number;
  readonly models: readonly string[];
  readonly base: string | null;
  readonly value: AnalysisArtefact;
}
