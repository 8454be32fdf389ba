import type { CompactIdConfig } from '../../nn/compact-id-model/compact-id-layout.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import type { DinConfig } from '../../nn/din-model/din-layout.ts';
import type { BehaviourConfig } from '../../nn/behaviour-model/behaviour-layout.ts';
import type { TableAlignment } from '../../rec/behaviour/align-behaviour.ts';
import type { EpochMetrics } from '../../rec/behaviour/behaviour-types.ts';
import type { ParadigmKind } from '../experiment/paradigm-plans.ts';
import type { CheckpointKind } from '../job/job.ts';
import type { TrainingChoice } from '../../rec/training/epoch-choice.ts';
import type { WarmupCut } from '../../rec/training/train-loop.ts';
import type { SpecialTokens } from '../../rec/semantic-ids/vocabulary.ts';

/** Training loss by optimizer step, as it was shown while training. */
export interface LossCurve {
  readonly steps: readonly number[];
  readonly losses: readonly number[];
  readonly gradNorms: readonly number[];
  /** Of an embedding model: share of negatives that were close to their targets. */
  readonly closeShares?: readonly number[];
}

/** What is known of a behaviour model beside its sizes. */
export interface BehaviourFacts {
  readonly config: BehaviourConfig;
  /** Of another architecture on the same tables; `config` is then what they were pretrained with. */
  readonly din?: DinConfig;
  /** False before the click head is added: a pretrained model. */
  readonly hasHead: boolean;
  /** Job id of the sequences and impressions: what the rows of its tables mean. */
  readonly data: string;
  /** Of a model from files: which rows of its tables these data have. */
  readonly alignment?: readonly TableAlignment[];
  /** Of a cell: how it started, and what it did not train. */
  readonly transfer?: {
    readonly strategy: string;
    readonly frozen: readonly string[];
    readonly transferred: readonly string[];
  };
  /** Of a cell: metrics after each epoch, 0 before the first. */
  readonly epochs?: readonly EpochMetrics[];
  /** Of a cell whose epoch was chosen or averaged: metrics of what was kept. */
  readonly kept?: EpochMetrics;
}

/** What of a compact model its blocks do not tell; see `CompactIdConfig`. */
export type CompactFacts = Pick<
  CompactIdConfig,
  'levels' | 'codesPerLevel' | 'nodes' | 'prefixVectors' | 'trieLoss'
>;

/** Where a checkpoint comes from: enough to make it again. Stored with it and exported. */
export interface CheckpointMeta {
  readonly schema: 'mmgrid/1';
  readonly id: string;
  /** "Office/phase2/seed1", "ties/seed1". */
  readonly name: string;
  readonly kind: CheckpointKind;
  readonly experiment: string;
  readonly engineVersion: string;
  readonly createdAt: string;
  /** Adapter and backend that computed it. */
  readonly adapter: {
    readonly backend: string;
    readonly name: string;
    /** Shaders chosen where kernels have several: `matmul_nt tile64`. */
    readonly variants?: readonly string[];
    /** Of the CPU's kernels, by which last bits differ: `simd`, `relaxed-simd` where they fuse. */
    readonly flavour?: readonly string[];
  };
  readonly datasetDigest: string;
  readonly seed: number;
  readonly context: { readonly domain: string; readonly stage: string } | null;
  readonly config: ModelConfig;
  /** Absent: semantic ids, or no paradigm yet. An embedding model has a layout of its own. */
  readonly paradigm?: ParadigmKind;
  /** Of a behaviour model, whose layout its own configuration decides. */
  readonly behaviour?: BehaviourFacts;
  /** Of compact semantic ids: beside `config`, which is that of their blocks. */
  readonly compact?: CompactFacts;
  /** Of an embedding model whose items have vectors of their own: rows of them, see `EncoderConfig`. */
  readonly itemVectors?: number;
  /** `text`: rows of text before those of the ids; absent without text. */
  readonly vocabulary: {
    readonly levels: number;
    readonly codes: number;
    readonly text?: number;
    /** Ids of an imported tokenizer; absent: ours. */
    readonly special?: SpecialTokens;
  };
  /** Job id of the tokenizer of the text tokens; absent without text. */
  readonly tokenizer?: string;
  /** Domain → job id of the semantic ids that its id rows belong to. */
  readonly semanticIds: Readonly<Record<string, string>>;
  /** The job's own settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly parents: readonly {
    readonly role: string;
    readonly id: string;
    readonly name: string;
  }[];
  /** Optimizer steps of this job; 0 for merges. */
  readonly steps: number;
  readonly curve: LossCurve | null;
  /** Which epoch was kept, and by what; absent where it is simply the last one. */
  readonly choice?: TrainingChoice;
  /** Of a warm-up that did not fit. */
  readonly warmup?: WarmupCut;
  /** Of a prebaked model: what its weights were rounded to after it was trained. */
  readonly rounded?: 'float16';
}
