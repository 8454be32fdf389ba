import mergeWgsl from '../../../shaders/merge/ties-merge.wgsl?raw';
import finishWgsl from '../../../shaders/merge/ties-finish.wgsl?raw';
import { f32, read, readU32, u32, write, writeU32 } from '../../compute/kernel-fields.ts';
import {
  defineKernel,
  linearGroups,
  type Kernel,
  type TwinBuffers,
  type Uniforms,
} from '../../compute/kernel.ts';
import { arrayOf, bitsToFloat, magnitudeKey, uniformOf } from '../twin-array.ts';
import { CUT_WORDS } from './trim-kernels.ts';

/** Models read by one dispatch: result, base, blocks, cuts and four models are eight buffers. */
export const MODELS_PER_PASS = 4;
/** f32 an element of the accumulator of `elect`, `count` and `collect`. */
export const PARTS = 4;

/** How agreeing values become one; the numbers are the shader's. */
export const COMBINE = { mean: 0, sum: 1, max: 2, meanIfAll: 3 } as const;

const BINDINGS: Kernel['bindings'] = [
  ...write('result'),
  ...read('base'),
  ...readU32('blocks'),
  ...writeU32('cuts'),
  ...read('m0', 'm1', 'm2', 'm3'),
];
const UNIFORMS: Kernel['uniforms'] = [
  ...u32(
    'blockCount',
    'segmentCount',
    'firstModel',
    'modelCount',
    'totalModels',
    'combine',
    'weightedVotes',
    'majority',
    'zero',
  ),
  ...f32('lambda', 'w0', 'w1', 'w2', 'w3'),
];

/** Twin of the shader's functions: one element at a time, four models at most. */
class MergeState {
  readonly result;
  readonly base;
  readonly values: number[] = [];
  private readonly blocks;
  private readonly cuts;
  private readonly models;
  private readonly weights: readonly number[];
  private readonly uniforms: Uniforms;
  private readonly combine: number;
  private readonly votesAreWeighted: boolean;
  sum = 0;
  divisor = 0;

  constructor(buffers: TwinBuffers, uniforms: Uniforms) {
    this.result = arrayOf(buffers, 'result');
    this.base = arrayOf(buffers, 'base');
    this.blocks = arrayOf(buffers, 'blocks');
    this.cuts = arrayOf(buffers, 'cuts');
    this.uniforms = uniforms;
    const slots = [0, 1, 2, 3].slice(0, this.uniform('modelCount'));
    this.models = slots.map((k) => arrayOf(buffers, `m${k}`));
    this.weights = slots.map((k) => this.uniform(`w${k}`));
    this.combine = this.uniform('combine');
    this.votesAreWeighted = this.uniform('weightedVotes') === 1;
  }

  uniform(name: string): number {
    return uniformOf(this.uniforms, name);
  }

  /** Calls `visit` for each element with the trimmed values in `values`. */
  each(visit: (i: number) => void): void {
    for (let b = 0; b < this.uniform('blockCount'); b++) {
      const [start = 0, end = 0, segment = 0] = [0, 1, 2].map((w) => this.blocks[b * 3 + w]);
      const cuts = this.models.map((_, k) => this.cutOf(k, segment));
      for (let i = start; i < end; i++) {
        const origin = this.base[i] ?? 0;
        for (let k = 0; k < this.models.length; k++) {
          const delta = (this.models[k]?.[i] ?? 0) - origin;
          const key = magnitudeKey(delta);
          const { threshold, limit, scale } = cuts[k] ?? NOTHING;
          const kept = key > threshold || (key === threshold && i <= limit);
          this.values[k] = kept ? delta * scale : 0;
        }
        visit(i);
      }
    }
  }

  votes(before: number): number {
    let votes = before;
    for (let k = 0; k < this.models.length; k++) votes += this.vote(k);
    return votes;
  }

  elected(votes: number): number {
    if (votes === 0 && this.uniform('majority') === 1) {
      return Math.sign((this.cuts[this.majorityWord()] ?? 0) | 0);
    }
    return votes >= 0 ? 1 : -1;
  }

  addMajority(net: number): void {
    const word = this.majorityWord();
    this.cuts[word] = ((this.cuts[word] ?? 0) + net) >>> 0;
  }

  /** Adds the values that agree with `chosen` to `sum` and `divisor`. */
  collect(chosen: number): void {
    for (let k = 0; k < this.models.length; k++) {
      if (!(this.vote(k) * chosen > 0)) continue;
      const weight = this.weights[k] ?? 0;
      const value = weight * (this.values[k] ?? 0);
      if (this.combine === COMBINE.max) {
        this.sum = chosen * Math.max(Math.abs(this.sum), Math.abs(value));
      } else {
        this.sum += value;
        this.divisor += this.combine === COMBINE.mean ? weight : 1;
      }
    }
  }

  private vote(k: number): number {
    const value = this.values[k] ?? 0;
    return this.votesAreWeighted ? (this.weights[k] ?? 0) * value : value;
  }

  private cutOf(k: number, segment: number): typeof NOTHING {
    const record = (this.uniform('firstModel') + k) * this.uniform('segmentCount') + segment;
    const [threshold = 0, limit = 0, scaleBits = 0] = [0, 1, 2].map(
      (word) => this.cuts[record * CUT_WORDS + word],
    );
    return { threshold, limit, scale: bitsToFloat(scaleBits) };
  }

  private majorityWord(): number {
    return this.uniform('segmentCount') * this.uniform('totalModels') * CUT_WORDS;
  }
}

const NOTHING = { threshold: Infinity, limit: 0, scale: 1 };

function combined(sum: number, divisor: number, uniforms: Uniforms): number {
  const combine = uniformOf(uniforms, 'combine');
  const allAgree = combine === COMBINE.meanIfAll && divisor === uniformOf(uniforms, 'totalModels');
  return (combine === COMBINE.mean && divisor !== 0) || allAgree ? sum / divisor : sum;
}

function mergeKernel(entry: string, twin: (state: MergeState, uniforms: Uniforms) => void): Kernel {
  return defineKernel({
    name: entry,
    wgsl: mergeWgsl,
    entry,
    bindings: BINDINGS,
    uniforms: UNIFORMS,
    groups: (uniforms) => linearGroups(uniformOf(uniforms, 'blockCount'), 1),
    twin: (buffers, uniforms) => {
      twin(new MergeState(buffers, uniforms), uniforms);
    },
  });
}

/** Election and disjoint merge of up to four models at once. */
const fused = mergeKernel('ties_fused', (state, uniforms) => {
  const lambda = state.uniform('lambda');
  state.each((i) => {
    state.sum = 0;
    state.divisor = 0;
    state.collect(state.elected(state.votes(0)));
    const value = combined(state.sum, state.divisor, uniforms);
    state.result[i] = (state.base[i] ?? 0) + lambda * value;
  });
});

const elect = mergeKernel('ties_elect', (state) => {
  state.each((i) => {
    state.result[i * PARTS] = state.votes(state.result[i * PARTS] ?? 0);
  });
});

const majority = mergeKernel('ties_majority', (state) => {
  let net = 0;
  state.each(() => {
    net += Math.sign(state.votes(0));
  });
  state.addMajority(net);
});

const count = mergeKernel('ties_count', (state) => {
  let net = 0;
  state.each((i) => {
    net += Math.sign(state.result[i * PARTS] ?? 0);
  });
  state.addMajority(net);
});

const collect = mergeKernel('ties_collect', (state) => {
  state.each((i) => {
    state.sum = state.result[i * PARTS + 1] ?? 0;
    state.divisor = state.result[i * PARTS + 2] ?? 0;
    state.collect(state.elected(state.result[i * PARTS] ?? 0));
    state.result[i * PARTS + 1] = state.sum;
    state.result[i * PARTS + 2] = state.divisor;
  });
});

const finish = defineKernel({
  name: 'ties_finish',
  wgsl: finishWgsl,
  entry: 'ties_finish',
  bindings: [...write('result'), ...read('base', 'merged')],
  uniforms: [...u32('length', 'combine', 'totalModels'), ...f32('lambda')],
  groups: (uniforms) => linearGroups(Math.ceil(uniformOf(uniforms, 'length') / 8), 64),
  twin: (buffers, uniforms) => {
    const result = arrayOf(buffers, 'result');
    const base = arrayOf(buffers, 'base');
    const merged = arrayOf(buffers, 'merged');
    const lambda = uniformOf(uniforms, 'lambda');
    for (let i = 0; i < uniformOf(uniforms, 'length'); i++) {
      const value = combined(merged[i * PARTS + 1] ?? 0, merged[i * PARTS + 2] ?? 0, uniforms);
      result[i] = (base[i] ?? 0) + lambda * value;
    }
  },
});

/**
 * Sign election and disjoint merge. Up to four models: `fused`, after `majority` where a draw takes
 * the majority sign. More: `elect` once per four models, `count` for that majority, `collect` once
 * per four models, `finish`.
 * @shape   result f32[arena] (fused, finish) or f32[arena·4], cuts as left by the trim kernels plus
 *          one word for the majority
 * @numeric f32, models in order; |y − f64| <= 5e-7 + 1e-6 |y| for |w|, λ near 1; same bits on repeat
 * @source  Yadav et al. 2023, arXiv:2306.01708
 */
export const mergeKernels = { fused, majority, elect, count, collect, finish } as const;
