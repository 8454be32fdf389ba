import adamWgsl from '../../../shaders/merge/spectral-adam.wgsl?raw';
import dotsWgsl from '../../../shaders/merge/spectral-dots.wgsl?raw';
import extractWgsl from '../../../shaders/merge/spectral-extract.wgsl?raw';
import finishWgsl from '../../../shaders/merge/spectral-finish.wgsl?raw';
import rowsWgsl from '../../../shaders/merge/spectral-rows.wgsl?raw';
import {
  defineKernel,
  linearGroups,
  type TwinArray,
  type TwinBuffers,
  type Uniforms,
} from '../../compute/kernel.ts';
import { arrayOf, bitsToFloat, uniformOf } from '../twin-array.ts';
import { BLOCK } from './jobs.ts';

type Binding = 'work' | 'base' | 'model' | 'result' | 'sums' | 'jobs';

function binding(name: Binding, access: 'read' | 'read_write') {
  return { name, type: name === 'jobs' ? 'u32' : 'f32', access } as const;
}
function u32(...names: string[]) {
  return names.map((name) => ({ name, type: 'u32' }) as const);
}
function f32(...names: string[]) {
  return names.map((name) => ({ name, type: 'f32' }) as const);
}
const blockGroups = (uniforms: Uniforms) => linearGroups(uniformOf(uniforms, 'block_count'), 1);

/** Calls `visit` with each block's record and its elements [first, end); word `size` has the end. */
function eachBlock(
  buffers: TwinBuffers,
  uniforms: Uniforms,
  words: number,
  size: number,
  visit: (job: readonly number[], first: number, end: number) => void,
): void {
  const jobs = arrayOf(buffers, 'jobs');
  for (let block = 0; block < uniformOf(uniforms, 'block_count'); block++) {
    const record = uniformOf(uniforms, 'records') + (jobs[block * 2] ?? 0) * words;
    const job = Array.from({ length: words }, (_, word) => jobs[record + word] ?? 0);
    const first = jobs[block * 2 + 1] ?? 0;
    visit(job, first, Math.min(first + BLOCK, job[size] ?? 0));
  }
}

/** Calls `visit` with every element's places in the arena and in the work buffer. */
function eachElement(
  buffers: TwinBuffers,
  uniforms: Uniforms,
  visit: (arena: number, work: number, factor: number) => void,
): void {
  eachBlock(buffers, uniforms, 7, 2, (job, first, end) => {
    const [arena = 0, work = 0, , columns = 1, rowStride = 0, columnStride = 0, bits = 0] = job;
    const factor = bitsToFloat(bits);
    for (let e = first; e < end; e++) {
      const row = Math.floor(e / columns);
      visit(arena + e, work + row * rowStride + (e - row * columns) * columnStride, factor);
    }
  });
}

/**
 * work (+)= factor · (model − base), tensor by tensor; a matrix may lie transposed in `work`.
 * @shape   work f32[…], base and model f32[arena], jobs as `tensorTable` makes them
 * @numeric f32, |y − f64| <= 2e-7 (|model| + |base| + |y|); same bits on repeat
 */
export const extractTensors = defineKernel({
  name: 'spectral_extract',
  wgsl: extractWgsl,
  entry: 'spectral_extract',
  bindings: [
    binding('work', 'read_write'),
    binding('base', 'read'),
    binding('model', 'read'),
    binding('jobs', 'read'),
  ],
  uniforms: u32('block_count', 'records', 'relative', 'accumulate'),
  groups: blockGroups,
  twin: (buffers, uniforms) => {
    const work = arrayOf(buffers, 'work');
    const base = arrayOf(buffers, 'base');
    const model = arrayOf(buffers, 'model');
    const isRelative = uniformOf(uniforms, 'relative') === 1;
    const isAdding = uniformOf(uniforms, 'accumulate') === 1;
    eachElement(buffers, uniforms, (arena, at, factor) => {
      const value = factor * ((model[arena] ?? 0) - (isRelative ? (base[arena] ?? 0) : 0));
      work[at] = isAdding ? value + (work[at] ?? 0) : value;
    });
  },
});

/**
 * result = base + factor · work, the way back.
 * @shape   result and base f32[arena], work f32[…], jobs as `tensorTable` makes them
 * @numeric f32, |y − f64| <= 2e-7 (|y| + |base|); same bits on repeat
 */
export const finishTensors = defineKernel({
  name: 'spectral_finish',
  wgsl: finishWgsl,
  entry: 'spectral_finish',
  bindings: [
    binding('result', 'read_write'),
    binding('base', 'read'),
    binding('work', 'read'),
    binding('jobs', 'read'),
  ],
  uniforms: u32('block_count', 'records', 'relative'),
  groups: blockGroups,
  twin: (buffers, uniforms) => {
    const result = arrayOf(buffers, 'result');
    const base = arrayOf(buffers, 'base');
    const work = arrayOf(buffers, 'work');
    const isRelative = uniformOf(uniforms, 'relative') === 1;
    eachElement(buffers, uniforms, (arena, at, factor) => {
      const value = factor * (work[at] ?? 0);
      result[arena] = isRelative ? value + (base[arena] ?? 0) : value;
    });
  },
});

/**
 * to (+)= factor · from for vectors of the work buffer.
 * @shape   work f32[…], jobs as `vectorTable` makes them
 * @numeric f32, |y − f64| <= 2e-7 (|y| + |to|); same bits on repeat
 */
export const vectorSteps = defineKernel({
  name: 'spectral_rows',
  wgsl: rowsWgsl,
  entry: 'spectral_rows',
  bindings: [binding('work', 'read_write'), binding('jobs', 'read')],
  uniforms: u32('block_count', 'records', 'accumulate'),
  groups: blockGroups,
  twin: (buffers, uniforms) => {
    const work = arrayOf(buffers, 'work');
    const isAdding = uniformOf(uniforms, 'accumulate') === 1;
    eachBlock(buffers, uniforms, 6, 2, (job, first, end) => {
      const [from = 0, to = 0, , fromStep = 1, toStep = 1, bits = 0] = job;
      const factor = bitsToFloat(bits);
      for (let e = first; e < end; e++) {
        const at = to + e * toStep;
        const value = factor * (work[from + e * fromStep] ?? 0);
        work[at] = isAdding ? value + (work[at] ?? 0) : value;
      }
    });
  },
});

/**
 * Dot products (mode 0) or largest magnitudes (mode 1) of contiguous vectors.
 * @shape   sums f32[count], work f32[…], jobs u32[count·3]: both places and the length
 * @numeric f32, fixed order; |y − f64| <= 1e-6 Σ|a b| up to a million elements; magnitudes exact
 */
export const vectorDots = defineKernel({
  name: 'spectral_dots',
  wgsl: dotsWgsl,
  entry: 'spectral_dots',
  bindings: [binding('sums', 'read_write'), binding('work', 'read'), binding('jobs', 'read')],
  uniforms: u32('count', 'mode'),
  groups: (uniforms) => linearGroups(uniformOf(uniforms, 'count'), 1),
  twin: (buffers, uniforms) => {
    const sums = arrayOf(buffers, 'sums');
    const work = arrayOf(buffers, 'work');
    const jobs = arrayOf(buffers, 'jobs');
    const isMaximum = uniformOf(uniforms, 'mode') === 1;
    for (let job = 0; job < uniformOf(uniforms, 'count'); job++) {
      const [a = 0, b = 0, length = 0] = [0, 1, 2].map((word) => jobs[job * 3 + word]);
      sums[job] = isMaximum ? largest(work, a, length) : dot(work, a, b, length);
    }
  },
});

function largest(work: TwinArray, at: number, length: number): number {
  let found = 0;
  for (let e = 0; e < length; e++) found = Math.max(found, Math.abs(work[at + e] ?? 0));
  return found;
}

export function dot(work: TwinArray, a: number, b: number, length: number): number {
  let sum = 0;
  for (let e = 0; e < length; e++) sum += (work[a + e] ?? 0) * (work[b + e] ?? 0);
  return sum;
}

/**
 * One Adam step: moved −= rate · m / (√(v · correction) + ε).
 * @shape   work f32[…], jobs as `adamTable` makes them
 * @numeric f32, |Δmoved − f64| <= 1e-6 |Δmoved|; same bits on repeat
 * @source  Kingma & Ba 2015, arXiv:1412.6980
 */
export const adamStep = defineKernel({
  name: 'spectral_adam',
  wgsl: adamWgsl,
  entry: 'spectral_adam',
  bindings: [binding('work', 'read_write'), binding('jobs', 'read')],
  uniforms: [
    ...u32('block_count', 'records'),
    ...f32('beta1', 'beta2', 'epsilon', 'rate', 'correction'),
  ],
  groups: blockGroups,
  twin: (buffers, uniforms) => {
    const work = arrayOf(buffers, 'work');
    const [beta1, beta2] = [uniformOf(uniforms, 'beta1'), uniformOf(uniforms, 'beta2')];
    const epsilon = uniformOf(uniforms, 'epsilon');
    const rate = uniformOf(uniforms, 'rate');
    const correction = uniformOf(uniforms, 'correction');
    eachBlock(buffers, uniforms, 5, 4, (job, first, end) => {
      const [gradientAt = 0, meanAt = 0, squareAt = 0, movedAt = 0] = job;
      for (let e = first; e < end; e++) {
        const gradient = work[gradientAt + e] ?? 0;
        const mean = beta1 * (work[meanAt + e] ?? 0) + (1 - beta1) * gradient;
        const square = beta2 * (work[squareAt + e] ?? 0) + (1 - beta2) * gradient * gradient;
        const step = (rate * mean) / (Math.sqrt(square * correction) + epsilon);
        work[meanAt + e] = mean;
        work[squareAt + e] = square;
        work[movedAt + e] = (work[movedAt + e] ?? 0) - step;
      }
    });
  },
});
