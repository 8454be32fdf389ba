import wgsl from '../../../shaders/merge/sparse-delta.wgsl?raw';
import { f32, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import {
  defineKernel,
  type Kernel,
  type TwinBuffers,
  type Uniforms,
} from '../../compute/kernel.ts';
import { threefry2x32 } from '../../core/rng.ts';
import { CUT_WORDS } from '../ties/trim-kernels.ts';
import { arrayOf, magnitudeKey, uniformOf } from '../twin-array.ts';
import { blocksOf, groupsOfBlocks, threadsOfBlocks } from './blocks.ts';

/** Words a segment in `tensors`: hash of the name, first element, row length, row stride. */
export const TENSOR_WORDS = 4;
/** f32 a block in `sums`: Σ|x|, Σx², largest |x|, number of x that are not 0. */
export const SUM_WORDS = 4;

type Twin = (buffers: TwinBuffers, uniforms: Uniforms) => void;

const BINDINGS: Kernel['bindings'] = [
  ...write('delta'),
  ...readU32('blocks', 'tensors', 'cuts'),
  ...read('probabilities', 'mask', 'scales'),
  ...write('sums'),
];
const UNIFORMS: Kernel['uniforms'] = [
  ...u32(
    'blockCount',
    'segmentCount',
    'model',
    'seed',
    'perElement',
    'hasMask',
    'divides',
    'outer',
    'inner',
    'isStrict',
    'firstSum',
  ),
  ...f32('probability'),
];

const dropRandom: Twin = (buffers, uniforms) => {
  const delta = arrayOf(buffers, 'delta');
  const tensors = arrayOf(buffers, 'tensors');
  const probabilities = arrayOf(buffers, 'probabilities');
  const mask = arrayOf(buffers, 'mask');
  const [model, seed, common] = ['model', 'seed', 'probability'].map((name) =>
    uniformOf(uniforms, name),
  ) as [number, number, number];
  const [perElement, hasMask, divides] = ['perElement', 'hasMask', 'divides'].map(
    (name) => uniformOf(uniforms, name) === 1,
  );
  for (const { start, end, segment } of blocksOf(buffers, uniforms)) {
    const key = tensors[segment * TENSOR_WORDS] ?? 0;
    const first = tensors[segment * TENSOR_WORDS + 1] ?? 0;
    for (let i = start; i < end; i++) {
      const p = perElement === true ? (probabilities[i] ?? 0) : Math.fround(common);
      const isKept =
        hasMask === true
          ? mask[i] !== 0
          : (threefry2x32(seed, key, i - first, model)[0] >>> 8) / 2 ** 24 < p;
      delta[i] = isKept ? (delta[i] ?? 0) / (divides === true && p > 0 ? p : 1) : 0;
    }
  }
};

const keepBand: Twin = (buffers, uniforms) => {
  const delta = arrayOf(buffers, 'delta');
  const cuts = arrayOf(buffers, 'cuts');
  const isStrict = uniformOf(uniforms, 'isStrict') === 1;
  const isSelected = (i: number, key: number, record: number) => {
    const threshold = cuts[record * CUT_WORDS] ?? 0;
    const limit = cuts[record * CUT_WORDS + 1] ?? 0;
    return key > threshold || (!isStrict && key === threshold && i <= limit);
  };
  const outer = uniformOf(uniforms, 'outer');
  const inner = uniformOf(uniforms, 'inner');
  for (const { start, end, segment } of blocksOf(buffers, uniforms)) {
    for (let i = start; i < end; i++) {
      const key = magnitudeKey(delta[i] ?? 0);
      const isInside = isSelected(i, key, outer + segment) && !isSelected(i, key, inner + segment);
      if (!isInside) delta[i] = 0;
    }
  }
};

const scaleTensors: Twin = (buffers, uniforms) => {
  const delta = arrayOf(buffers, 'delta');
  const scales = arrayOf(buffers, 'scales');
  const firstScale = uniformOf(uniforms, 'model') * uniformOf(uniforms, 'segmentCount');
  for (const { start, end, segment } of blocksOf(buffers, uniforms)) {
    const scale = scales[firstScale + segment] ?? 0;
    for (let i = start; i < end; i++) delta[i] = (delta[i] ?? 0) * scale;
  }
};

const sumBlocks: Twin = (buffers, uniforms) => {
  const delta = arrayOf(buffers, 'delta');
  const sums = arrayOf(buffers, 'sums');
  for (const { index, start, end } of blocksOf(buffers, uniforms)) {
    const total = [0, 0, 0, 0] as [number, number, number, number];
    for (let i = start; i < end; i++) {
      const size = Math.abs(delta[i] ?? 0);
      total[0] += size;
      total[1] += size * size;
      total[2] = Math.max(total[2], size);
      if (size > 0) total[3]++;
    }
    const at = (uniformOf(uniforms, 'firstSum') + index) * SUM_WORDS;
    total.forEach((value, word) => {
      sums[at + word] = value;
    });
  }
};

function deltaKernel(
  entry: string,
  groups: Kernel['groups'],
  twin: Twin,
  name = `sparse_${entry}`,
): Kernel {
  return defineKernel({
    name,
    wgsl,
    entry,
    bindings: BINDINGS,
    uniforms: UNIFORMS,
    groups,
    twin,
  });
}

/**
 * What happens to a task vector in place; which elements go is the same on every machine.
 * @shape   delta f32[arena], tensors u32[segments·4], scales f32[models·segments],
 *          sums f32[blocks·4] from `firstSum` on, mask and probabilities f32[arena] where used
 * @numeric kept sets exact; quotients <= 2.5 ulp, products one rounding; sums of a block: relative
 *          error <= 4e-6; same bits on repeat
 */
export const deltaKernels = {
  dropRandom: deltaKernel('drop_random', groupsOfBlocks, dropRandom),
  keepBand: deltaKernel('keep_band', groupsOfBlocks, keepBand),
  scaleTensors: deltaKernel('scale_tensors', groupsOfBlocks, scaleTensors),
  sumBlocks: deltaKernel('sum_blocks', threadsOfBlocks, sumBlocks),
  /** `sumBlocks` for who looks at Σ|x| alone: the CPU leaves the other three words as they are. */
  sumSizes: deltaKernel('sum_blocks', threadsOfBlocks, sumBlocks, 'sparse_sum_sizes'),
} as const;
