import * as v from 'valibot';
import { fileSourceSchema } from '../../rec/importers/source.ts';
import { LARGEST_FACTOR } from '../../rec/simulator/simulator-options.ts';

const share = v.pipe(
  v.number(),
  v.minValue(0, 'must be a share between 0 and 1'),
  v.maxValue(1, 'must be a share between 0 and 1'),
);
const shares = v.record(v.string(), share);
const factor = v.pipe(
  v.number(),
  v.minValue(0, 'must be at least 0'),
  v.maxValue(LARGEST_FACTOR, `must be at most ${String(LARGEST_FACTOR)}`),
);

/** The embedded default data: see `src/rec/simulator/simulator.ts` for the model behind the numbers. */
const simulatorSchema = v.strictObject({
  source: v.literal('simulator', 'must be simulator, or give an importer instead'),
  usersPerDomain: v.optional(size(20, 20000), 300),
  itemsPerDomain: v.optional(size(20, 20000), 240),
  interactionsPerUser: v.optional(size(5, 500), 24),
  sharedUsers: v.optional(share, 0),
  /** Domain → share of its items that exist when the data start; others: 0.55. */
  existingItems: v.optional(shares),
  /** What each of them does: `SimulatorKnobs`. Left out: as it was before there were knobs. */
  followers: v.optional(share),
  taste: v.optional(factor),
  drift: v.optional(factor),
  season: v.optional(factor),
  novelty: v.optional(shares),
  returning: v.optional(
    v.record(
      v.string(),
      v.lazy((input): typeof share | typeof shares => (typeof input === 'object' ? shares : share)),
    ),
  ),
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

export type SimulatorSection = v.InferOutput<typeof simulatorSchema>;

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
