import type * as v from 'valibot';
import type { AnalysisPlan } from '../../experiment/analyses/analysis-list.ts';
import type { ExperimentDocument } from '../../experiment/common-sections.ts';
import type { BasePlan, MergePlan, StageScore } from '../../experiment/experiment-types.ts';
import type { ParadigmKind, ParadigmPlan } from '../../experiment/paradigm-plans.ts';
import type { PathFault } from '../../experiment/path-fault.ts';
import type { Restored } from '../../experiment/restored.ts';
import type { MetricAt } from '../../results/result-metrics.ts';
import type { BaseForm } from './imported-base.ts';

/** What a cell took over from what it started from. */
export interface CellStart {
  readonly text: string;
  /** Nothing: it has no ancestors, whatever its job was offered. */
  readonly isRandom: boolean;
}

/** What pages call the parts of a run. */
export interface ParadigmLabels {
  /** The columns of the grid: "stages". */
  readonly columns: string;
  /** What all cells start from: "base". */
  readonly base: string;
  /** What a run does, up to "all in this tab". @param merges how many there will be */
  readonly run: (merges: number) => string;
  /** What a training loss counts: "token". */
  readonly scored: string;
  /** The metric that is looked at first. */
  readonly metric: MetricAt;
  /** What a base is that is trained here on sequences. Absent: a model of id sequences. */
  readonly trainedBase?: { readonly title: string; readonly help: string };
}

/**
 * The light half of a paradigm: what its documents look like and what pages say of it. No kernel
 * and no merge method is behind it, so that a page may load it.
 */
export interface ParadigmDocument<Kind extends ParadigmKind = ParadigmKind> {
  readonly kind: Kind;
  readonly labels: ParadigmLabels;
  /** Its sections, each optional: key → schema. Written for another paradigm they are faults. */
  readonly sections: Readonly<Record<string, v.GenericSchema>>;
  /**
   * Faults of a document of this paradigm that has the right form: sections that must not be there,
   * a base that does not suit it, sizes that do not fit. Periods, domains, merges, searches and
   * analyses are checked for all paradigms alike.
   * @param raw the document as it was written, without defaults
   */
  check(document: ExperimentDocument, raw: unknown): readonly PathFault[];
  /** Its sections with their defaults, also where they are left out. */
  plan(document: ExperimentDocument): ParadigmPlan<Kind>;
  /** What stages score that do not say it. Absent: targets. */
  score?(document: ExperimentDocument): StageScore | undefined;
  /**
   * What a merge over domains may put back of the evaluated domain's own checkpoint, the default
   * first. Absent: nothing of these models means another thing in every domain.
   * @param root what the YAML says, of a draft with whatever faults
   */
  restores?(root: Readonly<Record<string, unknown>>): readonly [Restored, ...Restored[]];
  /** What cells may start from, as `base.source` names it. Absent: all but `none`. @param root as above */
  starts?(root: Readonly<Record<string, unknown>>): readonly string[];
  /** What a base from files is. Absent: cells start from no files. @param root as above */
  importedBase?(root: Readonly<Record<string, unknown>>): BaseForm;
  /** True where a base that is trained here is not written: a section `base` says `source: import`. */
  readonly omitsTrainedBase?: true;
  /** How the common start of all cells is made. */
  base(document: ExperimentDocument): BasePlan;
  /** Columns of the grid: what merges and analyses call stages. */
  columns(document: ExperimentDocument): readonly string[];
  /**
   * The same of a draft with whatever faults.
   * @param root what the YAML says @param stages names of the stages
   */
  draftColumns(
    root: Readonly<Record<string, unknown>>,
    stages: readonly string[],
  ): readonly string[];
  /** Of a cell of a strategy. Absent: cells have none and continue their predecessor. */
  cellStart?(strategy: string): CellStart | null;
  /**
   * Why checkpoints of this paradigm cannot be merged like that, with a path relative to the merge.
   * @param method its title, and whether it looks at rows of training data
   */
  mergeFault(
    document: ExperimentDocument,
    merge: MergePlan,
    method: { readonly title: string; readonly needsData: boolean },
  ): PathFault | null;
  /**
   * Faults of an analysis that this paradigm checks by itself, or does not allow, with paths
   * relative to it; null: it is checked as for all paradigms.
   */
  analysisFaults(document: ExperimentDocument, plan: AnalysisPlan): readonly PathFault[] | null;
}
