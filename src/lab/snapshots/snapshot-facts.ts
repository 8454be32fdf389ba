import * as v from 'valibot';
import type { AdapterProfile } from '../../compute/executor.ts';
import { hashJson } from '../../core/hash.ts';
import type { Snapshot, SnapshotSource } from '../../store/snapshots.ts';
import type { LossCurve } from '../checkpoints/checkpoint-meta.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const numbers = v.pipe(v.array(v.number()), v.readonly());

const trainingChoice = v.object({
  epoch: count,
  trained: count,
  planned: count,
  averaged: count,
  values: numbers,
  improves: v.boolean(),
  isHighest: v.exactOptional(v.literal(true)),
});

/** What of a training that is over a job needs to go on; its arena and curve lie beside. */
const finishedTraining = v.object({
  steps: count,
  warmup: v.exactOptional(v.object({ asked: count, used: count, total: count })),
  choice: v.exactOptional(trainingChoice),
});

/** What a snapshot of a job says; its arrays lie beside. */
export const snapshotFacts = v.object({
  engineVersion: v.string(),
  /** Hash of what decides the bits that a machine computes. */
  machine: v.string(),
  /** Trainings of the job that are over, in their order: this is the next one. */
  finished: v.array(finishedTraining),
  plan: v.object({ totalSteps: count, microBatches: count, parameters: count }),
  step: count,
  choice: v.nullable(
    v.object({
      trained: count,
      values: numbers,
      kept: v.nullable(v.object({ epoch: count, averaged: count, arena: count })),
      newest: v.pipe(v.array(count), v.readonly()),
    }),
  ),
  arenas: v.pipe(v.array(v.string()), v.readonly()),
  own: v.unknown(),
});

export type SnapshotFacts = v.InferOutput<typeof snapshotFacts>;

/**
 * What decides the bits of a training on a machine. On the CPU that is the flavour of the kernels and
 * not the number of threads; on a GPU its limits and the measured choice among kernels, too.
 */
export function machineHash(profile: AdapterProfile): Promise<string> {
  const { kind, name, architecture, features, limits, calibration = null } = profile;
  const flavour = features.filter((feature) => feature !== 'threads').toSorted();
  return hashJson(
    kind === 'cpu'
      ? { kind, architecture, flavour, bytes: limits['maxBufferSize'] ?? null }
      : { kind, name, architecture, flavour, limits, calibration },
  );
}

const CURVE = ['steps', 'losses', 'gradNorms', 'closeShares'] as const;

/** A curve's numbers as arrays of a snapshot. @param of whose names they have */
export function curveSources(of: string, curve: LossCurve): SnapshotSource[] {
  return CURVE.map((name) => ({
    name: `${of} ${name}`,
    read: () => Float64Array.from(curve[name] ?? []),
  }));
}

/** @errors checkpoint-corrupt */
export async function storedCurve(of: string, snapshot: Snapshot): Promise<LossCurve> {
  const read = async (name: (typeof CURVE)[number]) =>
    Array.from(await snapshot.values(`${of} ${name}`));
  const closeShares = await read('closeShares');
  return {
    steps: await read('steps'),
    losses: await read('losses'),
    gradNorms: await read('gradNorms'),
    ...(closeShares.length > 0 && { closeShares }),
  };
}
