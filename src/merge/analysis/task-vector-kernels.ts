import wgsl from '../../../shaders/merge/task-vectors.wgsl?raw';
import { f32, read, readU32, u32, write, writeU32 } from '../../compute/kernel-fields.ts';
import {
  defineKernel,
  linearGroups,
  type Kernel,
  type TwinBuffers,
  type Uniforms,
} from '../../compute/kernel.ts';
import { arrayOf, magnitudeKey, uniformOf } from '../twin-array.ts';

/** Counts a segment: same sign, conflict, all zero, only the first model, the rest. */
export const CLASSES = 5;
/** Numbers a block: sum, sum of |.|, smallest, largest. */
export const MOMENTS = 4;

const POSITIVE = 1;
const NEGATIVE = 2;
const ZERO = 4;
const FIRST = 8;
const OTHER = 16;

const BINDINGS: Kernel['bindings'] = [
  ...writeU32('counts'),
  ...write('sums'),
  ...writeU32('flags'),
  ...readU32('blocks', 'cuts'),
  ...read('base', 'model', 'other'),
];
const UNIFORMS: Kernel['uniforms'] = [
  ...u32('blockCount', 'cut', 'otherCut', 'first', 'trimmed', 'place', 'bins'),
  ...f32('low', 'width'),
];

/** The twins' view of one dispatch. */
class Vectors {
  readonly counts;
  readonly sums;
  readonly flags;
  readonly cuts;
  private readonly blocks;
  private readonly base;
  private readonly model;
  private readonly other;
  private readonly uniforms: Uniforms;

  constructor(buffers: TwinBuffers, uniforms: Uniforms) {
    this.counts = arrayOf(buffers, 'counts');
    this.sums = arrayOf(buffers, 'sums');
    this.flags = arrayOf(buffers, 'flags');
    this.cuts = arrayOf(buffers, 'cuts');
    this.blocks = arrayOf(buffers, 'blocks');
    this.base = arrayOf(buffers, 'base');
    this.model = arrayOf(buffers, 'model');
    this.other = arrayOf(buffers, 'other');
    this.uniforms = uniforms;
  }

  uniform(name: string): number {
    return uniformOf(this.uniforms, name);
  }

  delta(i: number): number {
    return (this.model[i] ?? 0) - (this.base[i] ?? 0);
  }

  otherDelta(i: number): number {
    return (this.other[i] ?? 0) - (this.base[i] ?? 0);
  }

  eachBlock(visit: (block: number, start: number, end: number, segment: number) => void): void {
    for (let b = 0; b < this.uniform('blockCount'); b++) {
      const [start = 0, end = 0, segment = 0] = [0, 1, 2].map((word) => this.blocks[b * 3 + word]);
      visit(b, start, end, segment);
    }
  }
}

const markSigns = (vectors: Vectors): void => {
  const { flags, cuts } = vectors;
  const threshold = cuts[vectors.uniform('cut')] ?? 0;
  const isFirst = vectors.uniform('first') === 1;
  const presence = isFirst ? FIRST : OTHER;
  vectors.eachBlock((_, start, end) => {
    for (let i = start; i < end; i++) {
      const delta = vectors.delta(i);
      const isKept = delta !== 0 && magnitudeKey(delta) >= threshold;
      const mark = isKept ? (delta > 0 ? POSITIVE : NEGATIVE) | presence : ZERO;
      flags[i] = (isFirst ? 0 : (flags[i] ?? 0)) | mark;
    }
  });
};

/** Place of a coordinate's class among the counts of its segment. */
function classOf(mark: number): number {
  if ((mark & (POSITIVE | NEGATIVE)) === (POSITIVE | NEGATIVE)) return 1;
  if ((mark & ZERO) === 0) return 0;
  if ((mark & (FIRST | OTHER)) === 0) return 2;
  return (mark & OTHER) === 0 ? 3 : 4;
}

const countClasses = (vectors: Vectors): void => {
  const { counts, flags } = vectors;
  vectors.eachBlock((_, start, end, segment) => {
    const place = vectors.uniform('place') + segment * CLASSES;
    for (let i = start; i < end; i++) {
      const slot = place + classOf(flags[i] ?? 0);
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
  });
};

const countValues = (vectors: Vectors): void => {
  const { counts } = vectors;
  const [low, width, bins] = [
    vectors.uniform('low'),
    vectors.uniform('width'),
    vectors.uniform('bins'),
  ];
  const place = vectors.uniform('place') + 1;
  vectors.eachBlock((_, start, end) => {
    for (let i = start; i < end; i++) {
      const position = Math.floor(Math.fround(Math.fround(vectors.delta(i) - low) / width));
      const slot = place + Math.min(bins, Math.max(-1, position));
      counts[slot] = (counts[slot] ?? 0) + 1;
    }
  });
};

const valueMoments = (vectors: Vectors): void => {
  const { sums } = vectors;
  vectors.eachBlock((block, start, end) => {
    let sum = 0;
    let size = 0;
    let least = Infinity;
    let most = -Infinity;
    for (let i = start; i < end; i++) {
      const delta = vectors.delta(i);
      sum += delta;
      size += Math.abs(delta);
      least = Math.min(least, delta);
      most = Math.max(most, delta);
    }
    const place = vectors.uniform('place') + block * MOMENTS;
    [sum, size, least, most].forEach((value, index) => (sums[place + index] = value));
  });
};

const dotBlocks = (vectors: Vectors): void => {
  const { sums, cuts } = vectors;
  const isTrimmed = vectors.uniform('trimmed') === 1;
  const kept = (delta: number, cut: 'cut' | 'otherCut'): number =>
    isTrimmed && magnitudeKey(delta) < (cuts[vectors.uniform(cut)] ?? 0) ? 0 : delta;
  vectors.eachBlock((block, start, end) => {
    let sum = 0;
    for (let i = start; i < end; i++) {
      sum += kept(vectors.delta(i), 'cut') * kept(vectors.otherDelta(i), 'otherCut');
    }
    sums[vectors.uniform('place') + block] = sum;
  });
};

function kernel(entry: string, lanesPerBlock: 1 | 64, twin: (vectors: Vectors) => void): Kernel {
  return defineKernel({
    name: `task_vectors_${entry}`,
    wgsl,
    entry,
    bindings: BINDINGS,
    uniforms: UNIFORMS,
    groups: (uniforms) =>
      linearGroups(uniformOf(uniforms, 'blockCount'), lanesPerBlock === 64 ? 1 : 64),
    twin: (buffers, uniforms) => {
      twin(new Vectors(buffers, uniforms));
    },
  });
}

/**
 * Statistics of task vectors model − base, a block or a segment at a time.
 * @shape   blocks u32[blocks·3] of `blockTable`; flags u32[arena]; counts, zero before: u32[…
 *          place + segments·5] (classes), u32[… place + bins + 2] (values); sums f32[… place +
 *          blocks·4] (moments), f32[… place + blocks] (products)
 * @limits  finite operands
 * @numeric exact counts, but for values within one rounding of a bin's edge; differences below
 *          2⁻¹²⁶ may count as 0 on a GPU. Sums of a block: |y − f64| <= 1e-5 Σ|terms|
 */
export const taskVectorKernels = {
  markSigns: kernel('mark_signs', 64, markSigns),
  countClasses: kernel('count_classes', 64, countClasses),
  countValues: kernel('count_values', 64, countValues),
  valueMoments: kernel('value_moments', 1, valueMoments),
  dotBlocks: kernel('dot_blocks', 1, dotBlocks),
} as const;
