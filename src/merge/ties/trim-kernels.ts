import wgsl from '../../../shaders/merge/ties-trim.wgsl?raw';
import { read, readU32, u32, write, writeU32 } from '../../compute/kernel-fields.ts';
import {
  defineKernel,
  linearGroups,
  type Kernel,
  type TwinBuffers,
  type Uniforms,
} from '../../compute/kernel.ts';
import { arrayOf, floatBits, magnitudeKey, uniformOf } from '../twin-array.ts';

/** Bins of one radix digit; the first digit has 11 bits, the others use the lower half. */
export const BINS = 2048;
/** A cut's words: threshold key, last index kept at it, scale (f32 bits), still to be placed. */
export const CUT_WORDS = 4;
export const ALL = 0xffffffff;
/** Lowest bits of the digits, from the most significant. */
export const DIGIT_SHIFTS = [20, 10, 0] as const;

type Twin = (state: TrimState) => void;

const BINDINGS: Kernel['bindings'] = [
  ...writeU32('cuts', 'histogram'),
  ...readU32('blocks', 'segments'),
  ...read('base', 'model'),
  ...writeU32('tieCounts'),
  ...write('norms'),
];
const UNIFORMS: Kernel['uniforms'] = u32(
  'firstBlock',
  'blockCount',
  'firstSegment',
  'segmentCount',
  'firstCut',
  'shift',
  'keepTies',
);

/** The twins' view of one dispatch: buffers by name, loops over blocks and segments. */
class TrimState {
  readonly cuts;
  readonly histogram;
  readonly segments;
  readonly tieCounts;
  readonly norms;
  readonly uniforms: Uniforms;
  private readonly blocks;
  private readonly base;
  private readonly model;

  constructor(buffers: TwinBuffers, uniforms: Uniforms) {
    this.cuts = arrayOf(buffers, 'cuts');
    this.histogram = arrayOf(buffers, 'histogram');
    this.segments = arrayOf(buffers, 'segments');
    this.tieCounts = arrayOf(buffers, 'tieCounts');
    this.norms = arrayOf(buffers, 'norms');
    this.blocks = arrayOf(buffers, 'blocks');
    this.base = arrayOf(buffers, 'base');
    this.model = arrayOf(buffers, 'model');
    this.uniforms = uniforms;
  }

  uniform(name: string): number {
    return uniformOf(this.uniforms, name);
  }

  key(i: number): number {
    return magnitudeKey((this.model[i] ?? 0) - (this.base[i] ?? 0));
  }

  /** First word of the segment's cut. */
  cut(segment: number): number {
    return (this.uniform('firstCut') + segment) * CUT_WORDS;
  }

  block(b: number): { start: number; end: number; segment: number } {
    const [start = 0, end = 0, segment = 0] = [0, 1, 2].map((word) => this.blocks[b * 3 + word]);
    return { start, end, segment };
  }

  eachBlock(visit: (b: number, start: number, end: number, segment: number) => void): void {
    const first = this.uniform('firstBlock');
    for (let b = first; b < first + this.uniform('blockCount'); b++) {
      const { start, end, segment } = this.block(b);
      visit(b, start, end, segment);
    }
  }

  eachSegment(visit: (segment: number, cut: number) => void): void {
    const first = this.uniform('firstSegment');
    for (let s = first; s < first + this.uniform('segmentCount'); s++) visit(s, this.cut(s));
  }

  segmentBlocks(segment: number): { first: number; end: number } {
    const first = this.segments[segment * 2] ?? 0;
    return { first, end: first + (this.segments[segment * 2 + 1] ?? 0) };
  }
}

const countDigit: Twin = (state) => {
  const shift = state.uniform('shift');
  const isFirst = shift === DIGIT_SHIFTS[0];
  const mask = isFirst ? 2047 : 1023;
  const upper = Math.min(shift + 10, 31);
  const { cuts, histogram } = state;
  state.eachBlock((_, start, end, segment) => {
    const cut = state.cut(segment);
    if (cuts[cut + 3] === 0) return;
    const firstBin = (segment - state.uniform('firstSegment')) * BINS;
    const prefix = (cuts[cut] ?? 0) >>> upper;
    for (let i = start; i < end; i++) {
      const key = state.key(i);
      if (!isFirst && key >>> upper !== prefix) continue;
      const bin = firstBin + ((key >>> shift) & mask);
      histogram[bin] = (histogram[bin] ?? 0) + 1;
    }
  });
};

const selectDigit: Twin = (state) => {
  const { cuts, histogram } = state;
  const shift = state.uniform('shift');
  const keepTies = state.uniform('keepTies') === 1;
  state.eachSegment((segment, cut) => {
    let remaining = cuts[cut + 3] ?? 0;
    if (remaining === 0) return;
    const firstBin = (segment - state.uniform('firstSegment')) * BINS;
    let bin = BINS - 1;
    while (bin > 0 && (histogram[firstBin + bin] ?? 0) < remaining) {
      remaining -= histogram[firstBin + bin] ?? 0;
      bin--;
    }
    const equal = histogram[firstBin + bin] ?? 0;
    histogram.fill(0, firstBin, firstBin + BINS);
    cuts[cut] = ((cuts[cut] ?? 0) | (bin << shift)) >>> 0;
    const isFinal = shift === 0 && (keepTies || remaining === equal);
    if (isFinal) cuts[cut + 1] = ALL;
    cuts[cut + 3] = isFinal ? 0 : remaining;
  });
};

const countTies: Twin = (state) => {
  const { cuts, tieCounts } = state;
  state.eachBlock((b, start, end, segment) => {
    const cut = state.cut(segment);
    if (cuts[cut + 3] === 0) return;
    let count = 0;
    for (let i = start; i < end; i++) if (state.key(i) === cuts[cut]) count++;
    tieCounts[b] = (tieCounts[b] ?? 0) + count;
  });
};

const cutTies: Twin = (state) => {
  const { cuts, tieCounts } = state;
  state.eachSegment((segment, cut) => {
    let remaining = cuts[cut + 3] ?? 0;
    if (remaining === 0) return;
    const { first, end } = state.segmentBlocks(segment);
    let b = first;
    while (b < end && (tieCounts[b] ?? 0) < remaining) {
      remaining -= tieCounts[b] ?? 0;
      b++;
    }
    tieCounts.fill(0, first, end);
    const block = state.block(b);
    for (let i = block.start; i < block.end && remaining > 0; i++) {
      if (state.key(i) !== cuts[cut]) continue;
      remaining--;
      cuts[cut + 1] = i;
    }
    cuts[cut + 3] = 0;
  });
};

const sumBlocks: Twin = (state) => {
  const { cuts, norms } = state;
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  state.eachBlock((b, start, end, segment) => {
    const cut = state.cut(segment);
    const threshold = cuts[cut] ?? 0;
    const limit = cuts[cut + 1] ?? 0;
    let all = 0;
    let kept = 0;
    for (let i = start; i < end; i++) {
      const key = state.key(i);
      bits[0] = key;
      const size = float[0] ?? 0;
      all += size;
      if (key > threshold || (key === threshold && i <= limit)) kept += size;
    }
    norms[b * 2] = all;
    norms[b * 2 + 1] = kept;
  });
};

const scaleSegments: Twin = (state) => {
  const { cuts, norms } = state;
  state.eachSegment((segment, cut) => {
    const { first, end } = state.segmentBlocks(segment);
    let all = 0;
    let kept = 0;
    for (let b = first; b < end; b++) {
      all += norms[b * 2] ?? 0;
      kept += norms[b * 2 + 1] ?? 0;
    }
    cuts[cut + 2] = floatBits(all >= 1e-8 && kept > 0 ? all / kept : 1);
  });
};

function trimKernel(entry: string, over: 'blocks' | 'threads' | 'segments', twin: Twin): Kernel {
  return defineKernel({
    name: `ties_${entry}`,
    wgsl,
    entry,
    bindings: BINDINGS,
    uniforms: UNIFORMS,
    groups: (uniforms) =>
      over === 'segments'
        ? [Math.ceil(uniformOf(uniforms, 'segmentCount') / 64), 1, 1]
        : linearGroups(uniformOf(uniforms, 'blockCount'), over === 'blocks' ? 1 : 64),
    twin: (buffers, uniforms) => {
      twin(new TrimState(buffers, uniforms));
    },
  });
}

/**
 * Kernels of the exact per-segment top-k of |model − base|; how they work stands in the shader.
 * @shape   cuts u32[(models·segments)·4 + …], histogram u32[batch segments·2048] (zero before and
 *          after), tieCounts u32[blocks] (likewise), norms f32[blocks·2]
 * @limits  finite operands, segments below 2³² elements
 * @numeric exact counts and indices; differences below 2⁻¹²⁶ may count as 0 on a GPU. Scales
 *          (mergekit's `rescale`): relative error <= 1e-5
 * @source  Alabi et al. 2012, "Fast k-selection algorithms for graphics processing units"
 */
export const trimKernels = {
  countDigit: trimKernel('histogram_pass', 'blocks', countDigit),
  selectDigit: trimKernel('select_pass', 'segments', selectDigit),
  countTies: trimKernel('count_ties', 'blocks', countTies),
  cutTies: trimKernel('cut_ties', 'segments', cutTies),
  sumBlocks: trimKernel('block_norms', 'threads', sumBlocks),
  scaleSegments: trimKernel('segment_scales', 'segments', scaleSegments),
} as const;
