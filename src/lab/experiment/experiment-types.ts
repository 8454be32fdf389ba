import type { DepthGradients } from '../../merge/arenas/depth-gradients.ts';
import type { Axis } from '../../merge/search/axis.ts';
import type { StrategyName } from '../../merge/search/strategies.ts';
import type { WeightShape } from '../../merge/weight-shapes.ts';
import type { CompactIdConfig } from '../../nn/compact-id-model/compact-id-layout.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import type { VocabularyNames } from '../../rec/behaviour/behaviour-types.ts';
import type { Period } from '../../rec/data/types.ts';
import type { SpecialTokens } from '../../rec/semantic-ids/vocabulary.ts';
import type { AnalysisPlan } from './analyses/analysis-list.ts';
import type { DataSection } from './data-section.ts';
import type { BehaviourSizes } from './behaviour-sizes.ts';
import type { Restored } from './restored.ts';
import type { ParadigmPlan } from './paradigm-plans.ts';
import type { ExperimentDocument } from './common-sections.ts';

/** What of a stage is predicted, see `TrainingRowOptions`. */
export type StageScore = 'targets' | 'all' | 'every';

/** How one stage is trained. */
export interface StagePass {
  readonly epochs: number;
  readonly learningRate: number;
  readonly score: StageScore;
}

/** How the common start of all cells is made. */
export interface BasePlan extends StagePass {
  /** null: the base learns from id sequences, or nothing, and knows no text. */
  readonly text: TextBasePlan | null;
  /** Nothing is trained: all domains start from the same random weights. */
  readonly isRandom?: true;
  /** Of click models that start from files; absent: they are pretrained here. */
  readonly behaviour?: BehaviourBasePlan;
  /** Of compact semantic ids that start from files. */
  readonly compact?: CompactBasePlan;
}

export interface CompactBasePlan {
  /** null before the files are read. */
  readonly imported: ImportedCompactModel | null;
  /** What the document's form does. */
  readonly form: { readonly trieLoss: boolean; readonly prefixVectors: boolean };
}

export interface BehaviourBasePlan {
  /** null before the files are read. */
  readonly imported: ImportedBehaviourModel | null;
  /** As the document writes them; null: those of the files. */
  readonly sizes: BehaviourSizes | null;
}

export interface TextBasePlan {
  /** Trained here, or from a checkpoint's files. */
  readonly source: 'text' | 'import';
  /** null where it is trained here, and before the files are read. */
  readonly imported: ImportedModel | null;
  /** Rows of the vocabulary for text, special tokens included. */
  readonly tokens: number;
  readonly textTokens: number;
}

/** What a plan must know of a language model from files. */
export interface ImportedModel {
  readonly kind: 'language-model';
  /** SHA-256 of configuration, tokenizer and weights, with the rows that were added. */
  readonly digest: string;
  /** `vocabSize`: rows with the special tokens that were added, a multiple of 64. */
  readonly config: ModelConfig;
  readonly special: SpecialTokens;
}

/** What a plan must know of a pretrained behaviour model from files. */
export interface ImportedBehaviourModel {
  readonly kind: 'behaviour';
  /** SHA-256 of sizes, vocabulary and weights, without a click head. */
  readonly digest: string;
  readonly sizes: BehaviourSizes;
  readonly vocabulary: VocabularyNames;
}

/** What a plan must know of a compact model of semantic ids from files. */
export interface ImportedCompactModel {
  readonly kind: 'compact';
  /** SHA-256 of sizes, ids and weights. */
  readonly digest: string;
  readonly config: CompactIdConfig;
  /** Domain → item → codes: what the rows of its tables stand for. */
  readonly ids: ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;
}

/** What a plan must know of a base from files, whichever it is. */
export type ImportedBaseModel = ImportedModel | ImportedBehaviourModel | ImportedCompactModel;

export interface StagePlan extends Period {
  readonly training: StagePass;
}

interface MergeCommon {
  readonly name: string;
  readonly method: string;
  readonly domains: readonly string[];
  /** With the weights of a rule filled in. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The rule, for searches that vary its numbers. */
  readonly weights?: WeightShape;
  /** Absent where every depth has the same values. */
  readonly gradients?: DepthGradients;
}

/** Checkpoints of several domains at one stage. */
export interface DomainsMerge extends MergeCommon {
  readonly over: 'domains';
  readonly stage: string;
  /** As the document says, see `mergeOperands`; null: the method has none. */
  readonly base: string | null;
  readonly evaluate: readonly string[];
  /** Absent where it is the paradigm's default. */
  readonly restore?: Restored;
}

/** Checkpoints of several stages of one domain, for each of `domains` separately. */
export interface PeriodsMerge extends MergeCommon {
  readonly over: 'periods';
  /** Oldest first. */
  readonly stages: readonly string[];
  /** `base` or a stage of the same domain; null: the method has none. */
  readonly base: string | null;
}

/** A merge with everything spelt out that the document may leave to defaults. */
export type MergePlan = DomainsMerge | PeriodsMerge;

/** A merge some of whose numbers are searched for. */
export interface SearchPlan {
  readonly name: string;
  readonly merge: MergePlan;
  readonly axes: readonly Axis[];
  readonly strategy: StrategyName;
  readonly budget: number;
  /** null: only the budget ends it. */
  readonly patience: number | null;
  readonly objective: {
    readonly metric: 'recall' | 'ndcg' | 'mrr';
    readonly k: number;
    readonly domains: 'mean' | 'pareto';
  };
  readonly split: 'validation' | 'test';
}

/** A checked experiment: every default filled in, times in milliseconds UTC. */
export interface Experiment {
  readonly name: string;
  readonly data: DataSection;
  readonly contexts: {
    readonly domains: readonly string[];
    readonly stages: readonly [StagePlan, ...StagePlan[]];
    readonly test: Period;
    /** null: models are measured on the test window alone. */
    readonly validation: Period | null;
    readonly filter: { readonly minCount: number; readonly startMs: number | null };
    readonly history: number;
    readonly minEarlier: number;
    readonly maxPretrainTargets: number | null;
  };
  readonly paradigm: ParadigmPlan;
  readonly ids: ExperimentDocument['ids'];
  readonly model: NonNullable<ExperimentDocument['model']>;
  readonly base: BasePlan;
  readonly training: Omit<ExperimentDocument['training'], 'stages'>;
  readonly merges: readonly MergePlan[];
  readonly searches: readonly SearchPlan[];
  readonly evaluation: ExperimentDocument['evaluation'];
  readonly results: ExperimentDocument['results'];
  readonly analysis: readonly AnalysisPlan[];
  readonly seeds: readonly number[];
}
