import type { DeviceBuffer, Step } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import { reportArena } from '../report-arena.ts';
import { initialCuts, selectionBuffers, selectionSteps, uploaded } from '../ties/select.ts';
import { deltaKernels } from './delta-kernels.ts';
import { deltaStep, sumsBuffer, sumStep, type DeltaWorkspace } from './delta-workspace.ts';
import { rankProbabilities } from './rank-probabilities.ts';
import { readSums, type SegmentSums } from './tensor-sums.ts';

/** Which elements of a task vector stay. One number a model where it says so. */
export type Drop =
  /** By magnitude: the `skip` largest go, the next `keep` stay, per tensor of `size` elements. */
  | {
      readonly kind: 'band';
      readonly keep: (model: number, size: number) => number;
      readonly skip: (model: number, size: number) => number;
      /** The largest of those that go takes all of its size along. Without `skip`. */
      readonly dropsTies?: boolean;
    }
  /** By chance, each with the same probability. */
  | { readonly kind: 'random'; readonly density: readonly number[]; readonly seed: number }
  /** By chance, with a probability that grows from density − ε to density + ε with the rank. */
  | {
      readonly kind: 'ranked';
      readonly density: readonly number[];
      readonly epsilon: readonly number[];
      readonly seed: number;
    };

/**
 * What makes up for the elements dropped: nothing, the norm of each tensor as it was, or dividing
 * by the probability to stay (each element's own, so that the expectation does not change).
 */
export type Rescale = 'none' | 'l1' | 'l2' | 'linf' | 'density';

/**
 * Drops elements of the workspace's task vectors and rescales the rest, in place. Draws depend on
 * seed, tensor name, model and position in the tensor only; `statistics.masks` replaces them. A
 * tensor of which nothing (or nothing but zeros) stays is not rescaled.
 * @errors invalid-argument where density ± ε leaves (0, 1)
 */
export async function sparsify(
  workspace: DeltaWorkspace,
  drop: Drop,
  rescale: Rescale,
): Promise<void> {
  const { context, deltas } = workspace;
  const dropped = await dropSteps(workspace, drop, rescale === 'density');
  if (rescale === 'none' || rescale === 'density') {
    await context.run([...workspace.start, ...dropped]);
    return;
  }
  const sums = sumsBuffer(workspace, deltas.length * 2);
  const sumOf = (delta: DeviceBuffer, index: number) =>
    sumStep(workspace, delta, sums, index, rescale === 'l1');
  await context.run([
    ...workspace.start,
    ...deltas.map(sumOf),
    ...dropped,
    ...deltas.map((delta, k) => sumOf(delta, deltas.length + k)),
  ]);
  const found = await readSums(context, workspace.table, sums, deltas.length * 2);
  const factors = deltas.flatMap((_, k) =>
    workspace.table.sizes.map((_size, segment) =>
      factorOf(rescale, found[k]?.[segment], found[deltas.length + k]?.[segment]),
    ),
  );
  const scales = uploaded(context, 'scales', new Float32Array(factors));
  await context.run(
    deltas.map((delta, model) =>
      deltaStep(workspace, deltaKernels.scaleTensors, delta, { scales }, { model }),
    ),
  );
}

/** mergekit's bound: smaller norms are not restored. */
const SMALLEST_NORM = 1e-7;

function factorOf(
  rescale: 'l1' | 'l2' | 'linf',
  before?: SegmentSums,
  after?: SegmentSums,
): number {
  if (before === undefined || after === undefined) return 1;
  const norm = { l1: 'l1', l2: 'squares', linf: 'largest' } as const;
  const root = rescale === 'l2' ? Math.sqrt : (value: number) => value;
  const [old, kept] = [before, after].map((sums) => root(sums[norm[rescale]])) as [number, number];
  return old < SMALLEST_NORM || kept < SMALLEST_NORM ? 1 : old / kept;
}

async function dropSteps(workspace: DeltaWorkspace, drop: Drop, divides: boolean): Promise<Step[]> {
  switch (drop.kind) {
    case 'band':
      return bandSteps(workspace, drop);
    case 'random':
      return workspace.deltas.map((delta, model) =>
        drawStep(workspace, delta, { model, seed: drop.seed, divides }, drop.density[model] ?? 1),
      );
    case 'ranked':
      return rankedSteps(workspace, drop, divides);
  }
}

interface Draw {
  readonly model: number;
  readonly seed: number;
  readonly divides: boolean;
}

function drawStep(
  workspace: DeltaWorkspace,
  delta: DeviceBuffer,
  { model, seed, divides }: Draw,
  probability: number | DeviceBuffer,
): Step {
  const given = workspace.context.statistics.masks?.[model];
  const perElement = typeof probability === 'object';
  return deltaStep(
    workspace,
    deltaKernels.dropRandom,
    delta,
    {
      ...(perElement && { probabilities: probability }),
      ...(given !== undefined && { mask: uploaded(workspace.context, 'mask', given) }),
    },
    {
      model,
      seed,
      perElement: perElement ? 1 : 0,
      probability: perElement ? 0 : probability,
      hasMask: given === undefined ? 0 : 1,
      divides: divides ? 1 : 0,
    },
  );
}

async function rankedSteps(
  workspace: DeltaWorkspace,
  drop: Extract<Drop, { kind: 'ranked' }>,
  divides: boolean,
): Promise<Step[]> {
  const { context, table, blocks, tensors } = workspace;
  const limits = workspace.deltas.map((_, k) => probabilityEnds(drop, k));
  const ranked = workspace.deltas.map((_, k) =>
    context.scratch(`keep probabilities ${k}`, 'f32', context.layout.length),
  );
  const steps = workspace.deltas.map((delta, k): Step => {
    const [low = 1, high = 1] = limits[k] ?? [];
    const bind = { probabilities: ranked[k] ?? delta, delta, blocks, tensors };
    const uniforms = { blockCount: table.blocks.length / 3, low, high };
    return { kernel: rankProbabilities, bind, uniforms };
  });
  if (context.reportsArenas === true) {
    await context.run([...workspace.start, ...steps]);
    for (const [k, arena] of ranked.entries()) await reportArena(context, `keep_prob_m${k}`, arena);
  }
  const draws = workspace.deltas.map((delta, model) =>
    drawStep(workspace, delta, { model, seed: drop.seed, divides }, ranked[model] ?? 1),
  );
  return [...steps, ...draws];
}

/** Probabilities of the smallest and the largest; at 1 and 0 everything stays or goes. */
function probabilityEnds(drop: Extract<Drop, { kind: 'ranked' }>, model: number): [number, number] {
  const density = drop.density[model] ?? 1;
  const epsilon = drop.epsilon[model] ?? 0;
  if (density >= 1) return [1, 1];
  if (density <= 0) return [0, 0];
  const [low, high] = [density - epsilon, density + epsilon];
  if (low > 0 && high < 1) return [low, high];
  throw new AppError(
    'invalid-argument',
    `Density ${density} ± epsilon ${epsilon} of model ${model + 1} is not between 0 and 1.`,
    { hint: 'Nothing was merged. Use a smaller epsilon.' },
  );
}

function bandSteps(workspace: DeltaWorkspace, drop: Extract<Drop, { kind: 'band' }>): Step[] {
  const { context, table, blocks, deltas } = workspace;
  const dropsTies = drop.dropsTies === true;
  // With `dropsTies` one more is looked for: the largest that goes.
  const spare = dropsTies ? 1 : 0;
  const counts = deltas.flatMap((_, k) => {
    const skipped = table.sizes.map((size) => drop.skip(k, size));
    return [table.sizes.map((size, s) => drop.keep(k, size) + (skipped[s] ?? 0) + spare), skipped];
  });
  const cuts = uploaded(context, 'cuts', initialCuts(table, counts, { isSearched: dropsTies }));
  const buffers = selectionBuffers(context, table, { blocks, cuts });
  const origin = context.scratch('zeros', 'f32', context.layout.length);
  const select = (values: DeviceBuffer, index: number) =>
    counts[index]?.some((count, s) => count > 0 && count < (table.sizes[s] ?? 0) + spare) === true
      ? selectionSteps(table, buffers, { values, origin, index, keepsTies: dropsTies })
      : [];
  return deltas.flatMap((delta, k) => [
    ...select(delta, 2 * k),
    ...select(delta, 2 * k + 1),
    deltaStep(
      workspace,
      deltaKernels.keepBand,
      delta,
      { cuts },
      {
        outer: 2 * k * table.sizes.length,
        inner: (2 * k + 1) * table.sizes.length,
        isStrict: dropsTies ? 1 : 0,
      },
    ),
  ]);
}
