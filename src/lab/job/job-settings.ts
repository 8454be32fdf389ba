import { AppError } from '../../core/errors.ts';
import type { FEATURES } from '../experiment/analyses/weight-regression.ts';
import type { DecayGroup } from '../../nn/graph/decay-groups.ts';
import type { DropoutRates } from '../../nn/ops/dropout-sites.ts';
import type { ScheduleShape } from '../../nn/training/schedule.ts';
import type { Period } from '../../rec/data/types.ts';

/** How next-item samples are cut from timelines (MMGRid's sampling rule). */
export interface Sampling {
  readonly history: number;
  readonly minEarlier: number;
}

/** What a run holds out to choose an epoch by. */
export interface ValidationSettings {
  readonly by: 'users' | 'time' | 'window';
  readonly share: number;
  readonly patience: number | null;
  /** Absent: the loss. */
  readonly metric?: 'ndcg';
  /** Of `window`. */
  readonly window?: Period;
}

/** What is kept of a run, and how it is regularised; absent where a document says nothing of it. */
export interface KeepingSettings {
  readonly schedule?: ScheduleShape;
  readonly decay?: readonly DecayGroup[];
  readonly validation?: ValidationSettings;
  /** Epochs that are averaged, and the weight of the stage before. */
  readonly average?: { readonly epochs: number; readonly before: number };
}

export interface OptimizerSettings extends KeepingSettings {
  readonly tokensPerBatch: number;
  readonly warmupSteps: number;
  readonly weightDecay: number;
  readonly clipNorm: number;
  readonly finalLearningRateFraction: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Absent for 1, so that results from before there was a choice are found again. */
  readonly accumulationSteps?: number;
  /** Absent for false, likewise. */
  readonly recompute?: boolean;
  readonly dropout?: DropoutRates;
  /** Absent: as many rows as the tokens of a batch hold. */
  readonly sequencesPerBatch?: number;
}

/** A base from files, by its digest: `JobContext.imported` holds it. */
export interface ImportedSettings {
  readonly imported: string;
}

/** How cells of a paradigm are trained; each adds its own settings (`declare module`). */
// oxlint-disable-next-line typescript/no-empty-object-type -- filled in the paradigms' folders
export interface CellTrainings {}

/** How models of a paradigm rank; likewise. */
// oxlint-disable-next-line typescript/no-empty-object-type -- filled in the paradigms' folders
export interface CellRankings {}

type Named<Settings> = {
  [Kind in keyof Settings]: { readonly kind: Kind } & Settings[Kind];
}[keyof Settings];

export type CellTraining = Named<CellTrainings>;
export type CellRanking = Named<CellRankings>;

/**
 * The settings of one paradigm, which a job of another does not have.
 * @errors internal when the plan gave the job those of another
 */
export function ownSettings<Settings extends { readonly kind: string }, Kind extends string>(
  settings: Settings | undefined,
  kind: Kind,
): Extract<Settings, { readonly kind: Kind }> {
  if (settings?.kind === kind) return settings as Extract<Settings, { readonly kind: Kind }>;
  throw new AppError('internal', `The plan gave a job no settings of the paradigm ${kind}.`);
}

/** Settings of analyses by kind; each kind adds its own (`declare module`). */
// oxlint-disable-next-line typescript/no-empty-object-type -- filled where kinds are planned
export interface AnalysisSettingsTypes {}

export type AnalysisSettings = AnalysisSettingsTypes[keyof AnalysisSettingsTypes];

/** Statistics of the task vectors of some checkpoints; see `taskVectorTable`. */
export interface TaskVectorSettings {
  readonly kind: 'task-vectors';
  readonly trim: number;
  readonly range: number;
  readonly tensors: 'body' | 'all';
  readonly spectrum: boolean;
}

/** Whose teacher-forced loss a landscape shows: test users of each domain, the target scored. */
export interface ProbeSettings {
  readonly domains: readonly string[];
  readonly test: Period;
  readonly sampling: Sampling;
  readonly users: number;
  readonly tokensPerBatch: number;
  /** Of semantic ids of a base that knows text; id tokens count 1 each. */
  readonly splitSoftmax?: boolean;
  /** Absent: semantic ids. */
  readonly paradigm?: CellTraining;
}

/** The loss along the straight path between two checkpoints, or on the plane through three. */
export type LandscapeSettings =
  | { readonly kind: 'path'; readonly points: number; readonly probe: ProbeSettings }
  | {
      readonly kind: 'plane';
      readonly points: number;
      readonly margin: number;
      readonly probe: ProbeSettings;
    };

/** The best weight of each domain against characteristics of its interactions. */
export interface RegressionSettings {
  readonly kind: 'weight-regression';
  readonly domains: readonly string[];
  /** That were tried in every domain. */
  readonly weights: readonly number[];
  readonly seeds: number;
  /** The weight is chosen there, else on the test window itself. */
  readonly hasValidation: boolean;
  readonly metric: 'recall' | 'ndcg' | 'mrr';
  readonly k: number;
  readonly features: readonly (typeof FEATURES)[number][];
  readonly stages: readonly Period[];
  readonly test: Period;
  readonly sampling: Sampling;
  readonly users: number;
  /** Draws of users; absent: none, and every context counts alike. */
  readonly bootstrap?: number;
}

/** The best of some groups of merges, chosen on half of the test's users. */
export interface ChoiceSettings {
  readonly kind: 'held-out-choice';
  readonly domains: readonly string[];
  readonly groups: readonly { readonly name: string; readonly candidates: readonly string[] }[];
  readonly seeds: number;
  readonly metric: 'recall' | 'ndcg' | 'mrr';
  readonly k: number;
}

/** What a cell learns beside the plain sequences of ids; see `taskRows`. */
export interface TaskSettings {
  readonly alignment: number;
  readonly mixed: boolean;
  readonly textTokens: number;
  readonly splitSoftmax: boolean;
  readonly idWeight: number;
  /** Absent: rows that predict ids have batches of their own. */
  readonly batches?: 'mixed';
}
