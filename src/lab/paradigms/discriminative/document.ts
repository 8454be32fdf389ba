import * as v from 'valibot';
import {
  MOMENTS,
  NUMBERS,
  STRATEGIES,
  transfersDense,
  type Strategy,
} from '../../../rec/behaviour/behaviour-types.ts';
import { IMPORTED_BASE, MODEL } from '../../experiment/experiment-defaults.ts';
import { checkBehaviourBase } from './base-checks.ts';
import type { ExperimentDocument } from '../../document/experiment-schema.ts';
import { repeats, type PathFault } from '../../experiment/path-fault.ts';
import { name, real, whole } from '../../experiment/schema-parts.ts';

/** Sizes of the dense part; the rest follows from them. */
export interface BehaviourSizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
}

/** Click models beside the transformer. */
export const RANKERS = ['din'] as const;
export type Ranker = (typeof RANKERS)[number];

/** As GPSD names sizes: L4H64A4. */
export function sizeName({ layers, width, heads }: BehaviourSizes): string {
  return `L${String(layers)}H${String(width)}A${String(heads)}`;
}

/** GPSD's numbers where a small model on a slow machine can bear them. */
export const DISCRIMINATIVE = {
  samples: 'last',
  negatives: 1,
  minInteractions: 4,
  numbers: [],
  moments: [],
  sparse: 'items',
  attention: 'causal',
  probe: 2000,
  pretraining: { epochs: 10, learningRate: 5e-3, sequencesPerBatch: 64, negatives: 256 },
  training: { epochs: 5, learningRate: 1e-3, impressionsPerBatch: 128 },
  warmupSteps: 500,
  weightDecay: 0.1,
  clipNorm: 1,
  finalLearningRateFraction: 0.1,
} as const;

const rate = v.pipe(v.number(), v.gtValue(0, 'must be above 0'), v.maxValue(1, 'must be <= 1'));

const pretrainingSchema = v.strictObject({
  /** 0 trains nothing. Default of an imported base: it is taken as it is. */
  epochs: v.optional(whole(0, 1000)),
  learningRate: v.optional(rate, DISCRIMINATIVE.pretraining.learningRate),
  sequencesPerBatch: v.optional(whole(1, 4096), DISCRIMINATIVE.pretraining.sequencesPerBatch),
  /** Drawn for each sequence, shared by its positions; 0: all items compete. */
  negatives: v.optional(whole(0, 65536), DISCRIMINATIVE.pretraining.negatives),
});

const clickTrainingSchema = v.strictObject({
  epochs: v.optional(whole(1, 1000), DISCRIMINATIVE.training.epochs),
  learningRate: v.optional(rate, DISCRIMINATIVE.training.learningRate),
  impressionsPerBatch: v.optional(whole(1, 16384), DISCRIMINATIVE.training.impressionsPerBatch),
});

/** GPSD: pretraining on behaviour sequences, then click models that start from it. */
export const discriminativeSchema = v.strictObject({
  /** Each user's `last` interaction, `all` of them, or `impressions` with what was not clicked. */
  samples: v.optional(v.picklist(['last', 'all', 'impressions']), DISCRIMINATIVE.samples),
  /** Quantile of users' last times (of impressions) where the test begins, in place of dates. */
  trainShare: v.optional(real(0.05, 0.95)),
  /** Drawn for each positive where the data have no impressions. */
  negatives: v.optional(whole(1, 100), DISCRIMINATIVE.negatives),
  minInteractions: v.optional(whole(2, 200), DISCRIMINATIVE.minInteractions),
  /** Side features of items that are embedded; default: all that the data have. */
  features: v.optional(v.array(name)),
  /** Numbers and moments that join at the head. */
  numbers: v.optional(v.array(v.picklist(NUMBERS)), [...DISCRIMINATIVE.numbers]),
  moments: v.optional(v.array(v.picklist(MOMENTS)), [...DISCRIMINATIVE.moments]),
  /** What counts as sparse, and is transferred or frozen as such: the item table, or all tables. */
  sparse: v.optional(v.picklist(['items', 'tables']), DISCRIMINATIVE.sparse),
  attention: v.optional(v.picklist(['causal', 'bidirectional']), DISCRIMINATIVE.attention),
  strategies: v.optional(
    v.pipe(v.array(v.picklist(STRATEGIES)), v.minLength(1, 'needs at least one strategy')),
    [...STRATEGIES],
  ),
  /** Other architectures that take over the pretrained tables; theirs alone, so NT, ST and ST&SF. */
  rankers: v.optional(v.array(v.picklist(RANKERS)), []),
  pretraining: v.optional(pretrainingSchema, {}),
  training: v.optional(clickTrainingSchema, {}),
  /** Training impressions that are measured after every epoch. */
  probe: v.optional(whole(10, 1_000_000), DISCRIMINATIVE.probe),
  warmupSteps: v.optional(whole(0, 10000), DISCRIMINATIVE.warmupSteps),
  weightDecay: v.optional(real(0, 1), DISCRIMINATIVE.weightDecay),
  clipNorm: v.optional(real(0, 1000), DISCRIMINATIVE.clipNorm),
  finalLearningRateFraction: v.optional(real(0, 1), DISCRIMINATIVE.finalLearningRateFraction),
});

type WrittenSection = v.InferOutput<typeof discriminativeSchema>;

export interface DiscriminativeSection extends WrittenSection {
  readonly pretraining: WrittenSection['pretraining'] & { readonly epochs: number };
}

/** The section with its defaults, also for documents that leave it out. */
export function discriminativeOf({
  discriminative,
  base,
}: ExperimentDocument): DiscriminativeSection {
  const section = discriminative ?? v.parse(discriminativeSchema, {});
  const { epochs } = base.source === 'import' ? IMPORTED_BASE : DISCRIMINATIVE.pretraining;
  return {
    ...section,
    pretraining: { ...section.pretraining, epochs: section.pretraining.epochs ?? epochs },
  };
}

/** "FT&SF" of the transformer, "DIN ST&SF" of another architecture. */
export function strategyLabel({
  strategy,
  ranker,
}: {
  readonly strategy: Strategy;
  readonly ranker?: Ranker | null;
}): string {
  return ranker ? `${ranker.toUpperCase()} ${strategy}` : strategy;
}

/** A column of the grid: what is trained on a stage, and from what. */
export interface ClickColumn {
  readonly name: string;
  readonly stage: string;
  readonly strategy: Strategy;
  /** null: the transformer that was pretrained. */
  readonly ranker: Ranker | null;
}

/** Strategies of the transformer, then of each ranker, for every stage. */
export function columnsOf(
  stages: readonly string[],
  { strategies, rankers }: Pick<DiscriminativeSection, 'strategies' | 'rankers'>,
): readonly ClickColumn[] {
  return stages.flatMap((stage) =>
    [null, ...rankers].flatMap((ranker) =>
      strategies
        .filter((strategy) => ranker === null || !transfersDense(strategy))
        .map((strategy) => {
          const own = strategyLabel({ strategy, ranker });
          return { name: stages.length === 1 ? own : `${stage} ${own}`, stage, strategy, ranker };
        }),
    ),
  );
}

/** Stages that click models are trained on: where `all` is asked for, the first is pretrained on. */
export function clickStages(
  stages: readonly string[],
  { samples }: Pick<DiscriminativeSection, 'samples'>,
): readonly string[] {
  return samples === 'all' ? stages.slice(1) : stages;
}

/** Columns of the grid: strategies, named with their stage where there are several stages. */
export function clickColumns(document: ExperimentDocument): readonly ClickColumn[] {
  const stages = document.contexts.stages.map(({ name: stage }) => stage);
  const section = discriminativeOf(document);
  return columnsOf(clickStages(stages, section), section);
}

/** Sections that say nothing to a click model. */
const FOREIGN = ['ids', 'title', 'embedding', 'tasks', 'training', 'searches'] as const;

/**
 * Faults of a discriminative document. @param raw the document as it was written: sections with
 * defaults that somebody wrote all the same
 */
export function checkDiscriminative(document: ExperimentDocument, raw: unknown): PathFault[] {
  const { paradigm, discriminative } = document;
  if (paradigm !== 'discriminative') {
    const message = `means nothing for the paradigm ${paradigm}.`;
    return discriminative === undefined ? [] : [{ path: ['discriminative'], message }];
  }
  return [
    ...foreignSections(raw),
    ...checkBehaviourBase(document, raw),
    ...checkSection(document),
    ...checkSizes(document, raw),
    ...checkEvaluationKeys(raw),
  ];
}

function foreignSections(raw: unknown): PathFault[] {
  if (typeof raw !== 'object' || raw === null) return [];
  return FOREIGN.filter((key) => key in raw).map((key) => ({
    path: [key],
    message:
      key === 'searches'
        ? 'searches rank items: merges of click models are compared as merges.'
        : 'means nothing for the paradigm discriminative.',
  }));
}

function checkEvaluationKeys(raw: unknown): PathFault[] {
  const evaluation = (raw as { evaluation?: unknown }).evaluation;
  if (typeof evaluation !== 'object' || evaluation === null) return [];
  return Object.keys(evaluation)
    .filter((key) => key !== 'crossMatrix' && key !== 'baselines')
    .map((key) => ({
      path: ['evaluation', key],
      message: 'means nothing for click models: all test impressions are measured.',
    }));
}

function checkSection(document: ExperimentDocument): PathFault[] {
  const { contexts, data } = document;
  const section = discriminativeOf(document);
  const { samples, trainShare, strategies, rankers, numbers, moments, features = [] } = section;
  const at = (key: string) => ['discriminative', key];
  const faults = [
    ...repeats(strategies, at('strategies')),
    ...repeats(rankers, at('rankers')),
    ...repeats(numbers, at('numbers')),
    ...repeats(moments, at('moments')),
    ...repeats(features, at('features')),
  ];
  if (samples === 'all' && contexts.stages.length < 2) {
    const message =
      'all needs at least two stages: the first is pretrained on, later ones give the impressions.';
    faults.push({ path: at('samples'), message });
  }
  if (trainShare !== undefined && (samples === 'all' || contexts.stages.length !== 1)) {
    const message = 'divides one stage from the test: it needs exactly one, and not all samples.';
    faults.push({ path: at('trainShare'), message });
  }
  if (contexts.validation !== undefined) {
    const message = 'means nothing for click models: their test is never chosen on.';
    faults.push({ path: ['contexts', 'validation'], message });
  }
  const hasImpressions =
    'importer' in data && data.importer === 'mind' && 'impressions' in data && data.impressions;
  if (samples === 'impressions' && hasImpressions !== true) {
    const message = 'impressions needs data that have them: importer mind with impressions: true.';
    faults.push({ path: at('samples'), message });
  }
  return faults;
}

/** Kernels read vectors of 8 elements a head. */
export function sizeFault({ width, heads }: BehaviourSizes): string | null {
  const step = 8 * heads;
  return width % step === 0 ? null : `must be a multiple of 8 · heads = ${String(step)}.`;
}

/** GPSD derives the rest: heads · head width = width, SwiGLU of 8/3 of the width. */
const SIZES = ['layers', 'width', 'heads'];

function checkSizes({ model = MODEL }: ExperimentDocument, raw: unknown): PathFault[] {
  const written = (raw as { model?: unknown }).model;
  const keys = typeof written === 'object' && written !== null ? Object.keys(written) : [];
  const foreign = keys
    .filter((key) => !SIZES.includes(key))
    .map((key) => ({ path: ['model', key], message: 'follows from the width in click models.' }));
  const message = sizeFault(model);
  return message === null ? foreign : [...foreign, { path: ['model', 'width'], message }];
}
