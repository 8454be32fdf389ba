import type { AdapterProfile, DeviceBuffer } from '../../../compute/executor.ts';
import type { ParameterLayout } from '../../../core/layout.ts';
import type { FolderFile } from '../../../io/hf-checkpoint.ts';
import type { LocatedDocument } from '../../../io/yaml/located-yaml.ts';
import type { BehaviourConfig } from '../../../nn/behaviour-model/behaviour-layout.ts';
import type { CodeTree } from '../../../nn/compact-id-model/code-tree.ts';
import type { MemoryEstimate } from '../../../nn/training/memory-estimate.ts';
import type { SamplingEstimate } from '../../../nn/decoding/sampling-estimate.ts';
import type { DeviceWeights } from '../../../nn/graph/parameter-arena.ts';
import type { ModelConfig } from '../../../nn/transformer/config.ts';
import type { ProbeAnswer } from '../../../rec/evaluation/probe-numbers.ts';
import type { Dataset, RankedList, Sample } from '../../../rec/data/types.ts';
import type { AnalysisArtefact, AnalysisPlan } from '../../experiment/analyses/analysis-list.ts';
import type { CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';
import type { CheckpointSource, LabStore, StoredCheckpoint } from '../../checkpoints/lab-store.ts';
import type { Experiment } from '../../experiment/experiment-types.ts';
import type { ParadigmKind } from '../../experiment/paradigm-plans.ts';
import type { Restored } from '../../experiment/restored.ts';
import type { ProbeSettings } from '../../job/job-settings.ts';
import type { JobOf, SettingsOf } from '../../job/job.ts';
import type { Chain, PlannedMerge } from '../../planning/chain.ts';
import type { PlanBuilder } from '../../planning/plan-builder.ts';
import type { Ranking } from '../../planning/ranking.ts';
import type { ExplainList } from '../../recommending/ranked-recommender.ts';
import type { Recommender } from '../../recommending/recommender.ts';
import type { JobModule } from '../../work/define-job.ts';
import type { DataInspection } from '../../work/inspect-data.ts';
import type { JobContext } from '../../work/job-context.ts';
import type { DomainProbe } from '../../work/loss-probes.ts';
import type { TrainedModel } from '../../work/merge-statistics.ts';
import type { BaseImport } from './imported-base.ts';
import type { ParadigmDocument } from './paradigm-document.ts';

/** Ranks with whatever weights lie in its buffer; compiled once. */
export interface DeviceRanker {
  readonly weights: DeviceWeights;
  rank(
    samples: readonly Sample[],
    options: { readonly signal: AbortSignal },
  ): Promise<readonly RankedList[]>;
  destroy(): void;
}

/** Measures whatever weights lie in its buffer on fixed users, in one pass. */
export interface LiveProbe {
  readonly weights: DeviceWeights;
  measure(): Promise<ProbeAnswer>;
  destroy(): void;
}

export interface LiveProbeRequest {
  readonly domain: string;
  readonly meta: CheckpointMeta;
  readonly samples: readonly Sample[];
  readonly chain: Chain;
}

/** Rows of tensors that mean something else in every domain. */
export interface RestoredRows {
  readonly tensors: readonly string[];
  readonly fromRow: number;
  readonly toRow: number;
}

/** How cells are trained and measured that are jobs of the kinds `train` and `evaluate`. */
export interface CellWork {
  /** Trains one cell from its predecessor. */
  readonly train: (job: JobOf<'train'>, context: JobContext) => Promise<CheckpointSource>;
  /**
   * Ranked lists of the samples. Where the settings choose a mask (`maskHistory`) nothing is left out
   * of them, and they are as long as `listLength` says, as far as the model can.
   */
  readonly rank: (
    job: JobOf<'evaluate'>,
    context: JobContext,
    samples: readonly Sample[],
  ) => Promise<readonly RankedList[]>;
  /** Samples whose target the model cannot name. Absent: it can rank every item. */
  readonly countUnreachable?: (
    job: JobOf<'evaluate'>,
    context: JobContext,
    samples: readonly Sample[],
  ) => Promise<number>;
  /** What the paradigm adds to a language model. Absent: nothing. */
  readonly extend?: (job: JobOf<'extend'>, context: JobContext) => Promise<CheckpointSource>;
  /**
   * For searches whose merged weights stay on the device. Absent: they are read back and ranked as
   * those of a stored model. @param ids job of the domain's ids
   */
  readonly openRanker?: (
    context: JobContext,
    meta: CheckpointMeta,
    evaluation: SettingsOf<'evaluate'>,
    ids: string | undefined,
  ) => Promise<DeviceRanker>;
  /** The loss of one domain's test targets given their histories. Absent: no landscapes. */
  readonly openProbe?: (
    job: JobOf<'analysis'>,
    settings: ProbeSettings,
    place: number,
    model: StoredCheckpoint,
    weights: DeviceBuffer,
    context: JobContext,
  ) => Promise<DomainProbe>;
  /**
   * Rows of a cell's last training, made again for merges that look at them.
   * @errors invalid-argument where a model has no rows of tokens
   */
  readonly trainingRows: (
    context: JobContext,
    meta: CheckpointMeta,
  ) => Promise<Pick<TrainedModel, 'rows' | 'levels'>>;
  /** The list of one customer with its scores and why it is so. Absent: the order alone. */
  readonly explain?: ExplainList;
  /** Absent: sliders merge without numbers. */
  readonly openLiveProbe?: (
    context: Pick<JobContext, 'executor' | 'store'>,
    request: LiveProbeRequest,
  ) => Promise<LiveProbe>;
}

/** Training and evaluation take turns: what they take does not add up. */
export interface MemoryNeed {
  /** null where nothing is trained. */
  readonly training: MemoryEstimate | null;
  /** null where nothing is sampled. */
  readonly titles: SamplingEstimate | null;
  /** The base as it embeds the items' texts; absent where it does not. */
  readonly texts?: SamplingEstimate;
}

/** What only the data tell of a model's size. */
export interface DataFacts {
  /** The model that fits the data, where they decide its size; null also where they have faults. */
  readonly behaviour: BehaviourConfig | null;
  /** Prefix trees of the domains' ids, of compact semantic ids. Absent: not known yet. */
  readonly trees?: readonly CodeTree[];
  /** Items of the largest domain, for models with vectors of items. Absent: not known yet. */
  readonly items?: number;
}

/** What an experiment makes of its data. */
export interface Inspection extends DataInspection, DataFacts {}

/** What a model reads and writes, and how it is opened in Python: part of the model card. */
export interface ModelUsage {
  readonly tag: string;
  readonly library: string;
  readonly io: readonly string[];
  readonly python: readonly string[];
  /** One line of its blocks and sizes. Absent: those of a language model. */
  readonly shape?: string;
  /** What its training loss counts: "an item". Absent: a token. */
  readonly scored?: string;
  /** What a merge over domains mixes that means nothing. Absent: rows of id tokens. */
  readonly merged?: string;
}

/**
 * All that the rest of the lab asks a paradigm for. What is about documents and pages stands in its
 * light half, what is about cells in `cells`.
 */
export interface Paradigm<Kind extends ParadigmKind = ParadigmKind> {
  readonly document: ParadigmDocument<Kind>;
  /** Kinds of jobs that it alone plans. */
  readonly jobs: readonly JobModule[];
  /** null where its cells are jobs of its own kinds. */
  readonly cells: CellWork | null;
  /** null where it ranks nothing: its documents then have no searches. */
  readonly ranking: Ranking | null;
  /** Absent: its cells rank items for a customer. */
  readonly recommender?: Recommender;

  /** The bases from files that its cells may start from. */
  readonly imports: readonly BaseImport[];
  /** Data, base and cells of one seed. */
  planChain(builder: PlanBuilder, seed: number): Promise<Chain>;
  /** All measurements of one seed, baselines included. */
  planEvaluations(
    builder: PlanBuilder,
    chain: Chain,
    merges: readonly PlannedMerge[],
  ): Promise<void>;
  /** Jobs of an `analysis` entry of a kind that it alone has. Absent: it has none. */
  planAnalysis?(builder: PlanBuilder, plan: AnalysisPlan): Promise<void>;
  /** What of its settings decides the loss of a landscape. */
  probe(experiment: Experiment): Pick<ProbeSettings, 'paradigm' | 'splitSoftmax'>;
  /**
   * What a merge over domains puts back before it is evaluated. Absent: nothing.
   * @param what absent: the paradigm's default
   */
  restored?(meta: CheckpointMeta, what?: Restored): readonly RestoredRows[];
  /** Whether that happens only if a document asks for it: nothing means another thing elsewhere. Absent: no. */
  restoresOnRequest?(experiment: Experiment): boolean;
  /** What stands for the data in job ids. */
  digest(dataset: Dataset): Promise<string>;
  /** Analyses that it alone plans, by their kind. */
  readonly analyses: Readonly<
    Record<string, (job: JobOf<'analysis'>, context: JobContext) => Promise<AnalysisArtefact>>
  >;

  /** Filters and splits the data as a run would, counts them, and looks for leaks. */
  inspect(
    experiment: Experiment,
    dataset: Dataset,
    placeOf?: LocatedDocument['placeOf'],
  ): Inspection;
  /** The model that cells train. @errors invalid-argument where that is no language model */
  model(experiment: Experiment): ModelConfig;
  /** Trainable parameters of a cell. @param facts as the inspection says */
  parameters(experiment: Experiment, facts: DataFacts): number;
  /** What a run takes on an adapter, at most. @errors limit-exceeded naming need and limit */
  memoryNeed(
    experiment: Experiment,
    profile: AdapterProfile,
    facts: DataFacts,
  ): Promise<MemoryNeed>;

  /** Layout of a checkpoint's arena. */
  layout(
    meta: Pick<CheckpointMeta, 'config' | 'behaviour' | 'compact' | 'itemVectors' | 'name'>,
  ): ParameterLayout;
  /** What a merge keeps of its models' facts, beside what all have. */
  mergedFacts(meta: CheckpointMeta): Pick<CheckpointMeta, 'behaviour' | 'compact' | 'itemVectors'>;
  /** A checkpoint as a folder. @param readme the model card @errors checkpoint-missing, -corrupt */
  exportFiles(
    store: LabStore,
    stored: StoredCheckpoint,
    readme: string,
  ): Promise<readonly FolderFile[]>;
  /**
   * The same where the model need not be in memory: files in order, a large one in pieces that follow
   * each other. Absent: as `exportFiles`.
   */
  exportPieces?(
    store: LabStore,
    stored: CheckpointSource,
    readme: string,
  ): AsyncIterable<FolderFile>;
  usage(meta: CheckpointMeta): ModelUsage;
}
