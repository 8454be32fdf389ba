import * as v from 'valibot';

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

/** What a stored analysis holds, by its kind. */
export const analysisArtefact = v.variant('kind', [taskVectors, path, plane, regression]);

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
