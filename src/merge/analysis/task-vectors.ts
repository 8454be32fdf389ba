import { BufferScope } from '../../compute/buffer-scope.ts';
import type { DeviceBuffer, Executor, Step } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import { checkArena, checkFinite } from '../arena-checks.ts';
import { blockTable, type BlockTable } from '../ties/blocks.ts';
import { BINS, CUT_WORDS, DIGIT_SHIFTS, trimKernels } from '../ties/trim-kernels.ts';
import { CLASSES, MOMENTS, taskVectorKernels } from './task-vector-kernels.ts';

export interface TaskVectorRequest {
  readonly base: Float32Array;
  /** The first is the source of `SignCounts.first`. */
  readonly models: readonly Float32Array[];
  /** Tensors that count; MMGRid leaves out embedding and head. */
  readonly isIncluded?: (tensor: string) => boolean;
  /** Share of each task vector's smallest magnitudes that counts as zero in the sign classes. */
  readonly trim?: number;
  /** Values are counted in `bins` bins of equal width over [−range, range). */
  readonly range?: number;
  readonly bins?: number;
}

/** Coordinates by what the task vectors' signs say; they add up to the tensor's size. */
export interface SignCounts {
  /** All of one sign, none zero. */
  readonly same: number;
  /** At least one positive and one negative: merging them cancels. */
  readonly conflict: number;
  readonly zero: number;
  /** Only the first model's is not zero. */
  readonly first: number;
  /** The rest. */
  readonly other: number;
}

export interface TensorStatistics {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  /** Per model. */
  readonly moments: readonly {
    readonly sum: number;
    /** Σ|τ|. */
    readonly absolute: number;
    readonly least: number;
    readonly most: number;
  }[];
  /** gram[i][j] = ⟨τᵢ, τⱼ⟩, j <= i. */
  readonly gram: readonly (readonly number[])[];
  /** Of all models together. */
  readonly signs: SignCounts;
  /** Of the pairs (0,1), (0,2), … (1,2), …; one that equals `signs` for two models. */
  readonly pairs: readonly SignCounts[];
}

/** Everything that is counted and summed; shares, norms and cosines follow from it. */
export interface TaskVectorTable {
  readonly models: number;
  readonly trim: number;
  readonly range: number;
  readonly tensors: readonly TensorStatistics[];
  /** Per model: values below −range, in each bin, at or above range. */
  readonly values: readonly (readonly number[])[];
}

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
  const plan = placesOf(blockTable(included, 'tensor'), models.length, bins);
  const scope = new BufferScope(executor);
  try {
    const buffers = allocate(scope, layout, plan, base, models);
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

/** Where each result lies in `counts` and `sums`. */
interface Places {
  readonly table: BlockTable;
  readonly blockCount: number;
  readonly models: number;
  /** Model numbers of each set whose signs are compared: all, then pairs where there are more. */
  readonly sets: readonly (readonly number[])[];
  readonly products: readonly (readonly [number, number])[];
  readonly valuesAt: number;
  readonly countsLength: number;
  readonly productsAt: number;
  readonly sumsLength: number;
}

function placesOf(table: BlockTable, models: number, bins: number): Places {
  const all = Array.from({ length: models }, (_, k) => k);
  const pairs = all.flatMap((i) => all.slice(i + 1).map((j) => [i, j]));
  const sets = models > 2 ? [all, ...pairs] : [all];
  const products = all.flatMap((i) => all.slice(0, i + 1).map((j) => [i, j] as const));
  const blockCount = table.blocks.length / 3;
  const valuesAt = sets.length * table.sizes.length * CLASSES;
  const productsAt = models * blockCount * MOMENTS;
  return {
    table,
    blockCount,
    models,
    sets,
    products,
    valuesAt,
    countsLength: valuesAt + models * (bins + 2),
    productsAt,
    sumsLength: productsAt + products.length * blockCount,
  };
}

interface Buffers {
  readonly counts: DeviceBuffer;
  readonly sums: DeviceBuffer;
  readonly flags: DeviceBuffer;
  readonly blocks: DeviceBuffer;
  readonly cuts: DeviceBuffer;
  readonly base: DeviceBuffer;
  readonly models: readonly DeviceBuffer[];
}

function allocate(
  scope: BufferScope,
  layout: ParameterLayout,
  plan: Places,
  base: Float32Array,
  models: readonly Float32Array[],
): Buffers {
  const arena = (label: string, values: Float32Array) => {
    const buffer = scope.floats(label, layout.length);
    scope.executor.write(buffer, values);
    return buffer;
  };
  const { blocks: table } = plan.table;
  const blocks = scope.allocate('blocks', 'u32', table.length);
  scope.executor.write(blocks, table);
  return {
    counts: scope.allocate('counts', 'u32', plan.countsLength),
    sums: scope.floats('sums', plan.sumsLength),
    flags: scope.allocate('sign flags', 'u32', layout.length),
    blocks,
    cuts: scope.allocate('cuts', 'u32', models.length * CUT_WORDS),
    base: arena('base', base),
    models: models.map((values, k) => arena(`model ${k}`, values)),
  };
}

/** Finds the magnitude from which a coordinate counts; a cut of zeros lets everything count. */
function trimSteps(
  scope: BufferScope,
  included: ParameterLayout,
  { cuts, base, models }: Buffers,
  trim: number,
): Step[] {
  const table = blockTable(included, 'global');
  const [total = 0] = table.sizes;
  const cut = Math.floor(trim * total);
  if (cut === 0) return [];
  const upload = (label: string, data: Uint32Array) => {
    const buffer = scope.allocate(label, 'u32', data.length);
    scope.executor.write(buffer, data);
    return buffer;
  };
  const { executor } = scope;
  const words = new Uint32Array(models.length * CUT_WORDS);
  models.forEach((_, k) => words.set([0, 0, 0, total - cut], k * CUT_WORDS));
  executor.write(cuts, words);
  const shared = {
    cuts,
    base,
    blocks: upload('trim blocks', table.blocks),
    segments: upload('trim segments', table.segments),
    histogram: scope.allocate('histogram', 'u32', BINS),
    tieCounts: scope.allocate('tie counts', 'u32', 1),
    norms: scope.floats('norms', 2),
  };
  const sizes = { firstBlock: 0, blockCount: table.blocks.length / 3, firstSegment: 0 };
  return models.flatMap((model, firstCut) =>
    DIGIT_SHIFTS.flatMap((shift) => {
      const uniforms = { ...sizes, segmentCount: 1, firstCut, shift, keepTies: 1 };
      const bind = { ...shared, model };
      const { countDigit, selectDigit } = trimKernels;
      return [countDigit, selectDigit].map((kernel) => ({ kernel, bind, uniforms }));
    }),
  );
}

function statisticSteps(plan: Places, buffers: Buffers, range: number, bins: number): Step[] {
  const { models, ...shared } = buffers;
  const { markSigns, countClasses, countValues, valueMoments, dotBlocks } = taskVectorKernels;
  const { blockCount } = plan;
  const low = -range;
  const common = { blockCount, cut: 0, first: 0, bins, low, width: (2 * range) / bins };
  const at = (k: number) => models[k] ?? shared.base;
  const bindOf = (i: number, j = i) => ({ ...shared, model: at(i), other: at(j) });
  const classes = plan.sets.flatMap((set, number) => [
    ...set.map((k, index) => ({
      kernel: markSigns,
      bind: bindOf(k),
      uniforms: { ...common, place: 0, cut: k * CUT_WORDS, first: index === 0 ? 1 : 0 },
    })),
    {
      kernel: countClasses,
      bind: bindOf(0),
      uniforms: { ...common, place: number * plan.table.sizes.length * CLASSES },
    },
  ]);
  const values = models.flatMap((_, k) => [
    {
      kernel: countValues,
      bind: bindOf(k),
      uniforms: { ...common, place: plan.valuesAt + k * (bins + 2) },
    },
    {
      kernel: valueMoments,
      bind: bindOf(k),
      uniforms: { ...common, place: k * blockCount * MOMENTS },
    },
  ]);
  const products = plan.products.map(([i, j], number) => ({
    kernel: dotBlocks,
    bind: bindOf(i, j),
    uniforms: { ...common, place: plan.productsAt + number * blockCount },
  }));
  return [...classes, ...values, ...products];
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
  const gram: number[][] = [];
  products.forEach(([i, j], number) => {
    const place = plan.productsAt + number * blockCount;
    (gram[i] ??= [])[j] = blocks.reduce((total, b) => total + (sums[place + b] ?? 0), 0);
  });
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
  return { moments, gram, signs: all, pairs: plan.models === 2 ? [all] : pairs };
}
