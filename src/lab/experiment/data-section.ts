import * as v from 'valibot';
import { fileSourceSchema } from '../../rec/importers/source.ts';

/** The embedded default data: see `src/rec/simulator/simulator.ts` for the model behind the numbers. */
const simulatorSchema = v.strictObject({
  source: v.literal('simulator', 'must be simulator, or give an importer instead'),
  usersPerDomain: v.optional(size(20, 20000), 300),
  itemsPerDomain: v.optional(size(20, 20000), 240),
  interactionsPerUser: v.optional(size(5, 500), 24),
  sharedUsers: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0),
  /** Domain → share of its items that exist when the data start; others: 0.55. */
  existingItems: v.optional(v.record(v.string(), v.pipe(v.number(), v.minValue(0), v.maxValue(1)))),
  seed: v.optional(size(0, 0xffffffff), 1),
});

/**
 * The `data` section: the simulator, or files read by an importer. Which one is decided by the
 * keys present, so that the faults listed are those of the variant that was meant.
 */
export const dataSchema = v.lazy((input): typeof simulatorSchema | typeof fileSourceSchema =>
  typeof input === 'object' && input !== null && 'importer' in input
    ? fileSourceSchema
    : simulatorSchema,
);

export type DataSection = v.InferOutput<typeof dataSchema>;

function size(min: number, max: number) {
  return v.pipe(
    v.number(),
    v.integer('must be a whole number'),
    v.check(
      (value) => value >= min && value <= max,
      `must be between ${String(min)} and ${String(max)}`,
    ),
  );
}
