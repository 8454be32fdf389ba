import type { BufferScope } from '../../compute/buffer-scope.ts';
import type { DeviceBuffer, Step } from '../../compute/executor.ts';
import type { ParameterLayout } from '../../core/layout.ts';
import { blockTable, type BlockTable } from '../ties/blocks.ts';
import { BINS, CUT_WORDS, DIGIT_SHIFTS, trimKernels } from '../ties/trim-kernels.ts';
import { CLASSES, MOMENTS, taskVectorKernels } from './task-vector-kernels.ts';

/** Where each result lies in `counts` and `sums`. */
export interface Places {
  readonly table: BlockTable;
  readonly blockCount: number;
  readonly models: number;
  /** Model numbers of each set whose signs are compared: all, then pairs where there are more. */
  readonly sets: readonly (readonly number[])[];
  readonly products: readonly (readonly [number, number])[];
  readonly valuesAt: number;
  readonly countsLength: number;
  readonly productsAt: number;
  /** Products of what a trim keeps; null without one. */
  readonly trimmedAt: number | null;
  readonly sumsLength: number;
}

/** Room for `models` models in `bins` bins each. */
export function placesOf(
  table: BlockTable,
  { models, bins, trim }: { models: number; bins: number; trim: number },
): Places {
  const all = Array.from({ length: models }, (_, k) => k);
  const pairs = all.flatMap((i) => all.slice(i + 1).map((j) => [i, j]));
  const sets = models > 2 ? [all, ...pairs] : [all];
  const products = all.flatMap((i) => all.slice(0, i + 1).map((j) => [i, j] as const));
  const blockCount = table.blocks.length / 3;
  const valuesAt = sets.length * table.sizes.length * CLASSES;
  const productsAt = models * blockCount * MOMENTS;
  const trimmedAt = trim > 0 ? productsAt + products.length * blockCount : null;
  return {
    table,
    blockCount,
    models,
    sets,
    products,
    valuesAt,
    countsLength: valuesAt + models * (bins + 2),
    productsAt,
    trimmedAt,
    sumsLength: (trimmedAt ?? productsAt) + products.length * blockCount,
  };
}

/** What the passes read and write. */
export interface Buffers {
  readonly counts: DeviceBuffer;
  readonly sums: DeviceBuffer;
  readonly flags: DeviceBuffer;
  readonly blocks: DeviceBuffer;
  readonly cuts: DeviceBuffer;
  readonly base: DeviceBuffer;
  readonly models: readonly DeviceBuffer[];
}

/** Uploads the arenas and makes room for the results, for as long as the scope lives. */
export function allocateBuffers(
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
export function trimSteps(
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

/** Signs, values, moments and products, each into its place. */
export function statisticSteps(
  plan: Places,
  buffers: Buffers,
  range: number,
  bins: number,
): Step[] {
  const { models, ...shared } = buffers;
  const { markSigns, countClasses, countValues, valueMoments, dotBlocks } = taskVectorKernels;
  const { blockCount } = plan;
  const low = -range;
  const width = (2 * range) / bins;
  const common = { blockCount, cut: 0, otherCut: 0, first: 0, trimmed: 0, bins, low, width };
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
  const productsTo = (at: number, trimmed: 0 | 1) =>
    plan.products.map(([i, j], number) => ({
      kernel: dotBlocks,
      bind: bindOf(i, j),
      uniforms: {
        ...common,
        ...{ cut: i * CUT_WORDS, otherCut: j * CUT_WORDS, trimmed },
        place: at + number * blockCount,
      },
    }));
  const trimmed = plan.trimmedAt === null ? [] : productsTo(plan.trimmedAt, 1);
  return [...classes, ...values, ...productsTo(plan.productsAt, 0), ...trimmed];
}
