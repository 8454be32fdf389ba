import type { DeviceBuffer, Step } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import type { MergeContext } from '../method.ts';
import { floatBits } from '../twin-array.ts';
import { blockTable, type BlockTable, type TrimScope } from './blocks.ts';
import { COMBINE, mergeKernels, MODELS_PER_PASS, PARTS } from './merge-kernels.ts';
import { ALL, BINS, CUT_WORDS, DIGIT_SHIFTS, trimKernels } from './trim-kernels.ts';

/** Everything in which the known versions of TIES differ. */
export interface TiesOptions {
  readonly scope: TrimScope;
  /** Elements kept of a segment of `size` elements, per model. */
  readonly keep: (model: number, size: number) => number;
  /** Keeps all elements equal to the threshold instead of the first ones by arena index. */
  readonly keepTies: boolean;
  /** Restores each trimmed segment's L1 norm. */
  readonly rescale: boolean;
  readonly weights: readonly number[];
  /** Whether weights count in the election. */
  readonly weightedVotes: boolean;
  /** What a zero sum elects: + or the sign most parameters of the model elected. */
  readonly zeroSign: 'positive' | 'majority';
  readonly combine: keyof typeof COMBINE;
  readonly lambda: number;
}

/** Segments that share one histogram buffer (4 MiB): models with many tensors go in batches. */
const SEGMENTS_PER_BATCH = 512;

/**
 * TIES: trim each task vector, elect one sign per parameter, combine the values that agree, add to
 * the base. All on the device; the host only counts how many elements stay.
 */
export async function runTies(context: MergeContext, options: TiesOptions): Promise<void> {
  const { base, layout } = context;
  if (base === null) throw new AppError('internal', 'TIES was started without its base.');
  const table = blockTable(layout, options.scope);
  const blocks = uploaded(context, 'blocks', table.blocks);
  const cuts = uploaded(context, 'cuts', initialCuts(table, context.models.length, options));
  const steps = trimSteps(context, options, table, { base, blocks, cuts });
  await context.run([...steps, ...mergeSteps(context, options, table, { base, blocks, cuts })]);
}

interface Shared {
  readonly base: DeviceBuffer;
  readonly blocks: DeviceBuffer;
  readonly cuts: DeviceBuffer;
}

function uploaded(context: MergeContext, label: string, data: Uint32Array): DeviceBuffer {
  // WebGPU cannot bind 0 bytes: a layout of empty tensors has no blocks.
  const buffer = context.scratch(label, 'u32', Math.max(1, data.length));
  if (data.length > 0) context.executor.write(buffer, data);
  return buffer;
}

/** Cuts before the trim; "nothing" and "everything" are final already. Last word: the majority. */
function initialCuts(table: BlockTable, models: number, options: TiesOptions): Uint32Array {
  const segments = table.sizes.length;
  const cuts = new Uint32Array(models * segments * CUT_WORDS + 1);
  const one = floatBits(1);
  for (let model = 0; model < models; model++) {
    table.sizes.forEach((size, segment) => {
      const kept = options.keep(model, size);
      const record =
        kept <= 0 ? [ALL, 0, one, 0] : kept >= size ? [0, ALL, one, 0] : [0, 0, one, kept];
      cuts.set(record, (model * segments + segment) * CUT_WORDS);
    });
  }
  return cuts;
}

function trimSteps(
  context: MergeContext,
  options: TiesOptions,
  table: BlockTable,
  shared: Shared,
): Step[] {
  const { models } = context;
  const isTrimmed = models.map((_, k) => table.sizes.some((size) => options.keep(k, size) < size));
  if (!isTrimmed.includes(true)) return [];
  const blockCount = table.blocks.length / 3;
  const bind = {
    ...shared,
    histogram: context.scratch(
      'histogram',
      'u32',
      Math.min(SEGMENTS_PER_BATCH, table.sizes.length) * BINS,
    ),
    segments: uploaded(context, 'segments', table.segments),
    tieCounts: context.scratch('tie counts', 'u32', Math.max(1, blockCount)),
    norms: context.scratch('norms', 'f32', options.rescale ? Math.max(1, blockCount) * 2 : 2),
  };
  const steps: Step[] = [];
  const { countDigit, selectDigit, countTies, cutTies, sumBlocks, scaleSegments } = trimKernels;
  models.forEach((model, index) => {
    if (isTrimmed[index] !== true) return;
    for (let first = 0; first < table.sizes.length; first += SEGMENTS_PER_BATCH) {
      const uniforms = {
        ...batchOf(table, first),
        firstCut: index * table.sizes.length,
        shift: 0,
        keepTies: options.keepTies ? 1 : 0,
      };
      const operands = { ...bind, model };
      for (const shift of DIGIT_SHIFTS) {
        steps.push({ kernel: countDigit, bind: operands, uniforms: { ...uniforms, shift } });
        steps.push({ kernel: selectDigit, bind: operands, uniforms: { ...uniforms, shift } });
      }
      const last = [
        ...(options.keepTies ? [] : [countTies, cutTies]),
        ...(options.rescale ? [sumBlocks, scaleSegments] : []),
      ];
      steps.push(...last.map((kernel) => ({ kernel, bind: operands, uniforms })));
    }
  });
  return steps;
}

function batchOf(table: BlockTable, firstSegment: number) {
  const segmentCount = Math.min(SEGMENTS_PER_BATCH, table.sizes.length - firstSegment);
  const lastSegment = firstSegment + segmentCount - 1;
  const firstBlock = table.segments[firstSegment * 2] ?? 0;
  const endBlock =
    (table.segments[lastSegment * 2] ?? 0) + (table.segments[lastSegment * 2 + 1] ?? 0);
  return { firstSegment, segmentCount, firstBlock, blockCount: endBlock - firstBlock };
}

function mergeSteps(
  context: MergeContext,
  options: TiesOptions,
  table: BlockTable,
  shared: Shared,
): Step[] {
  const { models, layout, output } = context;
  const { length } = layout;
  const combine = COMBINE[options.combine];
  const common = {
    blockCount: table.blocks.length / 3,
    segmentCount: table.sizes.length,
    totalModels: models.length,
    combine,
    weightedVotes: options.weightedVotes ? 1 : 0,
    majority: options.zeroSign === 'majority' ? 1 : 0,
    zero: 0,
    lambda: options.lambda,
  };
  const pass = (first: number, result: DeviceBuffer) => {
    const group = models.slice(first, first + MODELS_PER_PASS);
    const [m0 = shared.base, m1 = m0, m2 = m0, m3 = m0] = group;
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = options.weights.slice(first, first + MODELS_PER_PASS);
    const model = { firstModel: first, modelCount: group.length };
    return {
      bind: { ...shared, result, m0, m1, m2, m3 },
      uniforms: { ...common, ...model, w0, w1, w2, w3 },
    };
  };
  const { fused, majority, elect, count, collect, finish } = mergeKernels;
  const countsMajority = common.majority === 1;
  if (models.length <= MODELS_PER_PASS) {
    const kernels = countsMajority ? [majority, fused] : [fused];
    return kernels.map((kernel) => ({ kernel, ...pass(0, output) }));
  }
  const merged = context.scratch('votes and sums', 'f32', length * PARTS);
  const firsts = models.flatMap((_, index) => (index % MODELS_PER_PASS === 0 ? [index] : []));
  return [
    ...firsts.map((first) => ({ kernel: elect, ...pass(first, merged) })),
    ...(countsMajority ? [{ kernel: count, ...pass(0, merged) }] : []),
    ...firsts.map((first) => ({ kernel: collect, ...pass(first, merged) })),
    {
      kernel: finish,
      bind: { result: output, base: shared.base, merged },
      uniforms: { length, combine, totalModels: models.length, lambda: options.lambda },
    },
  ];
}
