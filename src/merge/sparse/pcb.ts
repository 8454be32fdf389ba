import type { DeviceBuffer, Step } from '../../compute/executor.ts';
import type { Kernel } from '../../compute/kernel.ts';
import { combinationSteps } from '../linear/combination-steps.ts';
import type { MergeContext } from '../method.ts';
import { baseOf } from './delta-workspace.ts';
import { pcbKernels } from './pcb-kernels.ts';
import { RankFinder } from './rank-finder.ts';

/** In what the two published forms differ, and their parameters. */
export interface PcbOptions {
  /** Share of |τ| that is clamped at either end. */
  readonly clamp: number;
  /** Scores from pairs of normalised values instead of from τₖ Σ τⱼ. */
  readonly isPairwise: boolean;
  readonly ratio: number;
  readonly lambda: number;
}

/** A range of values, [low, high]. */
type Range = readonly [number, number];

/** Parameter competition balancing over the whole model; see `methods/pcb.ts`. */
export async function runPcb(context: MergeContext, options: PcbOptions): Promise<void> {
  const { models, layout, output } = context;
  const base = baseOf(context);
  const scratch = (label: string) => context.scratch(label, 'f32', layout.length);
  const ranks = new RankFinder(context);
  const score = scratch('scores');
  const divisor = scratch('divisors');
  const arenas = { score, base, zeros: scratch('zeros'), divisor };
  const parts: readonly [DeviceBuffer, DeviceBuffer] = [scratch('positive'), scratch('negative')];
  const clamps = await clampsOf(context, ranks, options.clamp);
  const total = options.isPairwise ? null : scratch('sum of task vectors');
  if (total !== null) {
    const terms = models.map((buffer) => ({ buffer, coefficient: 1 }));
    const start = { start: 'nothing', origin: base, isRelative: true } as const;
    await context.run(combinationSteps(total, terms, start));
  }
  for (const [k, own] of models.entries()) {
    const range = clamps[k] ?? [0, 0];
    const pairs = models.map((other, j) => ({ other, range: clamps[j] ?? range }));
    const step = (kernel: Kernel, sum: DeviceBuffer, more: Readonly<Record<string, number>> = {}) =>
      pcbStep(kernel, { ...arenas, own, sum }, { models: models.length, range, ...more });
    await context.run([
      ...(total === null
        ? pairSteps({ ...arenas, own, sum: parts[0] }, range, pairs)
        : [
            pcbStep(
              pcbKernels.cross,
              { ...arenas, own, sum: parts[0] },
              { models: 1, range },
              total,
            ),
          ]),
      step(pcbKernels.intra, parts[0]),
      step(pcbKernels.part, parts[0], { factor: 1 }),
      step(pcbKernels.part, parts[1], { factor: -1 }),
    ]);
    const [least, most] = await scoreRange(ranks, parts, arenas.zeros, options.ratio);
    await context.run([step(pcbKernels.add, output, { factor: options.lambda, least, most })]);
  }
  await context.run([
    pcbStep(pcbKernels.finish, { ...arenas, own: base, sum: output }, { models: 1, range: [0, 0] }),
  ]);
}

/** Quantiles of each model's |τ| between which it is clamped. */
async function clampsOf(context: MergeContext, ranks: RankFinder, share: number): Promise<Range[]> {
  const { size } = ranks;
  // Positions in ascending order, as the program counts them.
  const low = Math.min(size - 1, Math.trunc(size * share));
  const high = Math.max(0, Math.trunc(size * (1 - share) - 1));
  const origin = baseOf(context);
  const found = await ranks.find(
    context.models.flatMap((values) => [
      { values, origin, rank: size - low },
      { values, origin, rank: size - high },
    ]),
  );
  return context.models.map((_, k) => [found[2 * k] ?? 0, found[2 * k + 1] ?? 0]);
}

/** The (1 − ratio)-quantile and the largest of the scores, which have both signs. */
async function scoreRange(
  ranks: RankFinder,
  [positive, negative]: readonly [DeviceBuffer, DeviceBuffer],
  origin: DeviceBuffer,
  ratio: number,
): Promise<Range> {
  const { size } = ranks;
  const at = Math.min(size - 1, Math.trunc(size * (1 - ratio)));
  const places = [at, size - 1];
  const found = await ranks.find(
    places.flatMap((place) => [
      { values: positive, origin, rank: size - place },
      { values: negative, origin, rank: place + 1 },
    ]),
  );
  const [least = 0, most = 0] = places.map((_, index) => {
    const above = found[2 * index] ?? 0;
    return above > 0 ? above : -(found[2 * index + 1] ?? 0);
  });
  return [least, most];
}

interface PcbArenas {
  readonly score: DeviceBuffer;
  readonly sum: DeviceBuffer;
  readonly divisor: DeviceBuffer;
  readonly base: DeviceBuffer;
  readonly own: DeviceBuffer;
}

/** Σⱼ tanh(nₖ nⱼ), the model itself included. */
function pairSteps(
  arenas: PcbArenas,
  range: Range,
  pairs: readonly { readonly other: DeviceBuffer; readonly range: Range }[],
): Step[] {
  return pairs.map(({ other, range: [otherLow, otherHigh] }, index) => {
    // The first one begins the score anew.
    const factor = index === 0 ? 0 : 1;
    const numbers = { models: 1, range, otherLow, otherHigh, factor };
    return pcbStep(pcbKernels.pair, arenas, numbers, other);
  });
}

interface PcbNumbers {
  readonly models: number;
  readonly range: Range;
  readonly otherLow?: number;
  readonly otherHigh?: number;
  readonly least?: number;
  readonly most?: number;
  readonly factor?: number;
}

function pcbStep(
  kernel: Kernel,
  { score, sum, divisor, base, own }: PcbArenas,
  { range: [low, high], ...numbers }: PcbNumbers,
  other: DeviceBuffer = own,
): Step {
  return {
    kernel,
    bind: { score, sum, divisor, base, own, other },
    uniforms: {
      length: score.length,
      ...{ low, high, otherLow: 0, otherHigh: 0, least: 0, most: 0, factor: 1 },
      ...numbers,
    },
  };
}
