import { BufferScope } from '../../compute/buffer-scope.ts';
import type { Executor } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import { checkArena, checkFinite } from '../arena-checks.ts';
import { blockTable } from '../ties/blocks.ts';
import { CLASSES, MOMENTS } from './task-vector-kernels.ts';
import {
  allocateBuffers,
  placesOf,
  statisticSteps,
  trimSteps,
  type Places,
} from './task-vector-steps.ts';
import type { TaskVectorRequest, TaskVectorTable, TensorStatistics } from './task-vector-table.ts';

/** MMGRid's. */
const DEFAULTS = { trim: 0, range: 0.01, bins: 500 } as const;
/** Pairs grow with the square. */
const MOST_MODELS = 24;

/**
 * Statistics of the task vectors θₖ − θᵦ by tensor, in passes over the arenas on the executor; its
 * memory is as before when it returns or throws. Magnitudes equal to a trim's threshold all stay.
 * @errors invalid-argument, layout-mismatch, non-finite, and the executor's
 * @numeric counts are exact; sums as at `taskVectorKernels`, blocks added in float64
 * @source  MMGRid's diagnostics (sign conflict, dominance, magnitudes, value CDF)
 */
export async function taskVectorTable(
  executor: Executor,
  layout: ParameterLayout,
  request: TaskVectorRequest,
): Promise<TaskVectorTable> {
  const { base, models, isIncluded = () => true } = request;
  const { trim, range, bins } = { ...DEFAULTS, ...request };
  checkRequest(layout, request, { trim, range, bins });
  const entries = layout.entries.filter(({ name, size }) => size > 0 && isIncluded(name));
  const included = { ...layout, entries: [...entries].sort((a, b) => a.offset - b.offset) };
  if (entries.length === 0) {
    throw new AppError('invalid-argument', 'No tensor is left to be analysed.', {
      hint: 'Include at least one tensor of the models.',
    });
  }
  const plan = placesOf(blockTable(included, 'tensor'), { models: models.length, bins, trim });
  const scope = new BufferScope(executor);
  try {
    const buffers = allocateBuffers(scope, layout, plan, base, models);
    const steps = [
      ...trimSteps(scope, included, buffers, trim),
      ...statisticSteps(plan, buffers, range, bins),
    ];
    const program = await executor.prepare('task vectors', steps);
    try {
      executor.run(program);
      const counts = await executor.read(buffers.counts);
      const sums = await executor.readFloats(buffers.sums);
      const tensors = included.entries.map(({ name, shape, size }, segment) => ({
        name,
        shape,
        size,
        ...statisticsOf(plan, segment, counts, sums),
      }));
      const values = models.map((_, k) => {
        const place = plan.valuesAt + k * (bins + 2);
        return Array.from(counts.subarray(place, place + bins + 2));
      });
      return { models: models.length, trim, range, tensors, values };
    } finally {
      program.destroy();
    }
  } finally {
    scope.destroy();
  }
}

function checkRequest(
  layout: ParameterLayout,
  { base, models }: TaskVectorRequest,
  { trim, range, bins }: { trim: number; range: number; bins: number },
): void {
  const faults = [
    [models.length >= 1 && models.length <= MOST_MODELS, `1 to ${MOST_MODELS} models`],
    [trim >= 0 && trim < 1, 'a trim of at least 0 and below 1'],
    [range > 0 && Number.isFinite(range), 'a range above 0'],
    [Number.isInteger(bins) && bins >= 1 && bins <= 10_000, '1 to 10000 bins'],
  ] as const;
  const [wrong] = faults.filter(([holds]) => !holds);
  if (wrong !== undefined) {
    throw new AppError('invalid-argument', `An analysis of task vectors takes ${wrong[1]}.`);
  }
  for (const [index, arena] of [base, ...models].entries()) {
    const name = index === 0 ? 'The base' : `Model ${index}`;
    checkArena(layout, arena, name);
    checkFinite(layout, arena, name);
  }
}

function statisticsOf(
  plan: Places,
  segment: number,
  counts: ArrayLike<number>,
  sums: ArrayLike<number>,
): Omit<TensorStatistics, 'name' | 'shape' | 'size'> {
  const { table, blockCount, products, sets } = plan;
  const first = table.segments[segment * 2] ?? 0;
  const end = first + (table.segments[segment * 2 + 1] ?? 0);
  const blocks = Array.from({ length: end - first }, (_, b) => first + b);
  const gramAt = (at: number): number[][] => {
    const gram: number[][] = [];
    products.forEach(([i, j], number) => {
      const place = at + number * blockCount;
      (gram[i] ??= [])[j] = blocks.reduce((total, b) => total + (sums[place + b] ?? 0), 0);
    });
    return gram;
  };
  const moments = Array.from({ length: plan.models }, (_, k) => {
    const of = (b: number, which: number) => sums[(k * blockCount + b) * MOMENTS + which] ?? 0;
    return {
      sum: blocks.reduce((total, b) => total + of(b, 0), 0),
      absolute: blocks.reduce((total, b) => total + of(b, 1), 0),
      least: Math.min(...blocks.map((b) => of(b, 2))),
      most: Math.max(...blocks.map((b) => of(b, 3))),
    };
  });
  const signs = sets.map((_, set) => {
    const place = (set * table.sizes.length + segment) * CLASSES;
    const [same = 0, conflict = 0, zero = 0, only = 0, other = 0] = [0, 1, 2, 3, 4].map(
      (which) => counts[place + which],
    );
    return { same, conflict, zero, first: only, other };
  });
  const [all = { same: 0, conflict: 0, zero: 0, first: 0, other: 0 }, ...pairs] = signs;
  const gram = gramAt(plan.productsAt);
  const trimmed = plan.trimmedAt === null ? {} : { trimmedGram: gramAt(plan.trimmedAt) };
  return { moments, gram, ...trimmed, signs: all, pairs: plan.models === 2 ? [all] : pairs };
}
