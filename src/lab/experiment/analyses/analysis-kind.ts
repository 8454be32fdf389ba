import type * as v from 'valibot';
import type { PathFault } from '../path-fault.ts';
import type { AnalysisScope } from './analysis-scope.ts';
import type { AnalysisTable } from './analysis-table.ts';

/** What a page asks for to add an analysis to a document. */
export interface AnalysisForm {
  readonly title: string;
  /** How many models it takes; null: any number. */
  readonly models: number | null;
  /** Whether it asks for a base, too. */
  readonly hasBase: boolean;
}

/**
 * The light half of a kind of analysis: what documents say of it, what it stores, its tables. No
 * kernel is behind it, so that a page may load it. How it is planned and computed stands in
 * `jobs/analyses/`, or in the one paradigm that has it.
 */
export interface AnalysisKind<
  Section extends v.GenericSchema | null = v.GenericSchema | null,
  Stored extends v.GenericSchema = v.GenericSchema,
> {
  readonly kind: string;
  /** An entry of the document's `analysis`; null where a paradigm plans it without being asked. */
  readonly section: Section;
  /** What is kept of it; read back through the same schema. */
  readonly stored: Stored;
  /**
   * Faults of an entry of the right form, with paths relative to it. Absent where the paradigm that
   * allows it checks it.
   */
  faults?(plan: PlanOf<Section>, scope: AnalysisScope): readonly PathFault[];
  /** Shares are 0…1; an empty text stands for what does not exist. */
  tables(value: v.InferOutput<Stored>, models: readonly string[]): readonly AnalysisTable[];
  /** Absent where only a document can ask for it. */
  readonly form?: AnalysisForm;
}

type PlanOf<Section> = Section extends v.GenericSchema ? v.InferOutput<Section> : never;

/** Gives plans and results the types that the schemas have. */
export function defineAnalysis<
  Section extends v.GenericSchema | null,
  Stored extends v.GenericSchema,
>(kind: AnalysisKind<Section, Stored>): AnalysisKind<Section, Stored> {
  return kind;
}
