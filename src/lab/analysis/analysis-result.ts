import * as v from 'valibot';
import { clickMetrics } from '../results/artefacts.ts';

/** Read-only lists, as their makers give them. */
const list = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(v.array(schema), v.readonly());
const numbers = list(v.number());
const signs = v.object({
  same: v.number(),
  conflict: v.number(),
  zero: v.number(),
  first: v.number(),
  other: v.number(),
});

const taskVectors = v.object({
  kind: v.literal('task-vectors'),
  /** As `TaskVectorTable`. */
  table: v.object({
    models: v.number(),
    trim: v.number(),
    range: v.number(),
    tensors: list(
      v.object({
        name: v.string(),
        shape: numbers,
        size: v.number(),
        moments: list(
          v.object({
            sum: v.number(),
            absolute: v.number(),
            least: v.number(),
            most: v.number(),
          }),
        ),
        gram: list(numbers),
        signs,
        pairs: list(signs),
      }),
    ),
    values: list(numbers),
  }),
  /** Singular values of the task vectors' matrices, falling, one list a model. */
  spectra: list(v.object({ tensor: v.string(), values: list(numbers) })),
});

const path = v.object({
  kind: v.literal('path'),
  /** 0: the first model, 1: the second. */
  places: numbers,
  curves: list(
    v.object({ domain: v.string(), users: v.number(), losses: numbers, barrier: v.number() }),
  ),
});

const plane = v.object({
  kind: v.literal('plane'),
  /** Distances in parameter space; see `checkpointPlane`. */
  xs: numbers,
  ys: numbers,
  corners: list(v.object({ x: v.number(), y: v.number(), losses: numbers })),
  /** losses[row of ys][column of xs]. */
  surfaces: list(v.object({ domain: v.string(), users: v.number(), losses: list(numbers) })),
});

const nullable = v.nullable(v.number());
const regression = v.object({
  kind: v.literal('weight-regression'),
  metric: v.string(),
  k: v.number(),
  features: list(v.string()),
  weights: numbers,
  /** Where the weight was chosen. */
  chosenOn: v.picklist(['validation', 'test']),
  points: list(
    v.object({
      domain: v.string(),
      weight: v.number(),
      /** Best weight on the test window: how far the choice was off. */
      weightOnTest: v.number(),
      /** Best weight of each seed. */
      weightOfSeeds: numbers,
      newItemShare: v.number(),
      meanLogItemAge: v.number(),
      stageShares: numbers,
      /** Mean over seeds at each weight. */
      chosen: numbers,
      test: numbers,
    }),
  ),
  fit: v.variant('status', [
    v.object({
      status: v.literal('fitted'),
      n: v.number(),
      terms: list(v.object({ name: v.string(), coefficient: v.number(), halfWidth: nullable })),
      r2: nullable,
      degreesOfFreedom: v.number(),
      fitted: numbers,
      leaveOneOut: nullable,
      leaveOneOutOfMean: nullable,
    }),
    v.object({ status: v.literal('degenerate'), n: v.number(), reason: v.string() }),
  ]),
});

/** Train and test metrics over epochs of every click model of a seed: the overfitting picture. */
const learningCurves = v.object({
  kind: v.literal('learning-curves'),
  curves: list(
    v.object({
      domain: v.string(),
      stage: v.string(),
      strategy: v.string(),
      epochs: list(v.object({ epoch: v.number(), train: clickMetrics, test: clickMetrics })),
    }),
  ),
});

/** y = bound + coefficient · x^(−exponent); see `fitPowerLaw`. */
const powerLaw = v.variant('status', [
  v.object({
    status: v.literal('fitted'),
    n: v.number(),
    bound: v.number(),
    coefficient: v.number(),
    exponent: v.number(),
    /** 95 %, [low, high]; null where points are too few or the fit lies on a bound of the search. */
    boundInterval: v.nullable(v.tuple([v.number(), v.number()])),
    exponentInterval: v.nullable(v.tuple([v.number(), v.number()])),
    r2: nullable,
  }),
  v.object({ status: v.literal('degenerate'), n: v.number(), reason: v.string() }),
]);

/** Test metrics against the number of dense parameters. */
const scaling = v.object({
  kind: v.literal('scaling'),
  domain: v.string(),
  /** Epoch of each model that counts: its last, or its best on the test. */
  epoch: v.picklist(['last', 'best']),
  rungs: list(
    v.object({
      strategy: v.string(),
      layers: v.number(),
      width: v.number(),
      heads: v.number(),
      denseParameters: v.number(),
      /** One a seed. */
      seeds: list(v.object({ seed: v.number(), auc: nullable, logLoss: v.number() })),
    }),
  ),
  fits: list(
    v.object({ strategy: v.string(), metric: v.picklist(['auc', 'log-loss']), fit: powerLaw }),
  ),
});

/** What a stored analysis holds, by its kind. */
export const analysisArtefact = v.variant('kind', [
  taskVectors,
  path,
  plane,
  regression,
  learningCurves,
  scaling,
]);

export type AnalysisArtefact = v.InferOutput<typeof analysisArtefact>;
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
