import type { AdapterProfile } from '../../compute/executor.ts';
import type { RecordedJob } from '../job/events.ts';
import type { RunAnswers } from '../results/answers.ts';
import type { DifferenceRow } from '../results/differences.ts';
import type { TrainingChoice } from '../../rec/training/epoch-choice.ts';
import type { ResultRow } from '../results/results.ts';
import type { SearchResult } from '../work/search-rows.ts';
import type { DomainShares } from './share-svg.ts';

/** What a report says about the run apart from its numbers. */
export interface RunInfo {
  readonly name: string;
  /** The experiment document exactly as it was run. */
  readonly document: string;
  readonly seeds: readonly number[];
  readonly adapter: AdapterProfile;
  /** Why not a better machine was used; '' when the preferred one was. */
  readonly adapterReason: string;
  readonly engineVersion: string;
  /** The browser, as it names itself. */
  readonly browser: string;
  /** What the importer and the checks said about the data. */
  readonly notes: readonly string[];
  readonly parameters: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly seconds: number;
}

/** The training loss of one job, in optimizer steps and nats a scored token. */
export interface LossCurve {
  readonly title: string;
  readonly steps: readonly number[];
  readonly losses: readonly number[];
  /** Of an embedding model: share of negatives that were close to their targets. */
  readonly closeShares?: readonly number[];
}

/** Which epoch of a job's training is kept, and by what. */
export interface JobChoice extends TrainingChoice {
  readonly title: string;
}

/** All that a report is made of. */
export interface RunRecord {
  readonly info: RunInfo;
  readonly rows: readonly ResultRow[];
  /** User by user; of results of older builds there are none. */
  readonly answers: RunAnswers;
  /** What models are compared with, by its name in the results; null: nothing. */
  readonly reference: string | null;
  readonly differences: readonly DifferenceRow[];
  readonly searches: readonly SearchResult[];
  /** How the interactions of each domain add up; [] where they are not counted. */
  readonly shares: readonly DomainShares[];
  readonly curves: readonly LossCurve[];
  /** Absent where nothing was chosen. */
  readonly choices?: readonly JobChoice[];
  readonly jobs: readonly (RecordedJob & { readonly seconds: number; readonly cached: boolean })[];
}
