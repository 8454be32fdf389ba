import { RandomStream } from '../../../src/core/rng.ts';
import type { Kernel } from '../../../src/compute/kernel.ts';
import { BEAM_KERNELS, BEAM_STATE, DEAD_SCORE } from '../../../src/nn/ops/beam.ts';
import { COLUMN_SUM } from '../../../src/nn/ops/column-sum.ts';
import { COLUMN_SUMS } from '../../../src/nn/ops/column-sums.ts';
import { LOSS_TOTAL, LOSS_TOTAL_TOLERANCE } from '../../../src/nn/ops/loss-total.ts';
import {
  HYPER,
  HYPER_LENGTH,
  OPTIMIZER_KERNELS,
  OPTIMIZER_TOLERANCE,
  RING_SLOTS,
  RING_STRIDE,
} from '../../../src/nn/ops/optimizer.ts';
import { ATTENTION_CASES } from './attention-cases.ts';
import type { KernelCase } from './check-kernel.ts';
import { CHILD_CASES } from './child-specs.ts';
import { CONTRASTIVE_CASES } from './contrastive-cases.ts';
import { DECODE_CASES } from './decode-cases.ts';
import { SAMPLE_CASES } from './sample-cases.ts';
import { TRIE_CASES } from './trie-cases.ts';

function kernel(kernels: readonly Kernel[], name: string): Kernel {
  const found = kernels.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no kernel ${name}`);
  return found;
}

function normals(name: string, length: number, factor = 1): Float32Array {
  const random = new RandomStream(31, name);
  return Float32Array.from({ length }, () => factor * random.nextNormal());
}

function hyper(changes: Partial<Record<keyof typeof HYPER, number>> = {}): Float32Array {
  const values = {
    lossScale: 0.125,
    learningRate: 0.01,
    beta1: 0.875,
    beta2: 0.9921875,
    eps: 2 ** -24,
    correction1: 4,
    correction2: 64,
    clipNorm: 1,
    ringSlot: 5,
    weightDecay: 0.0625,
    ...changes,
  };
  const all = new Float32Array(HYPER_LENGTH);
  for (const [name, value] of Object.entries(values))
    all[HYPER[name as keyof typeof HYPER]] = value;
  return all;
}

function sumSquares(length: number): KernelCase {
  return {
    name: `sum_squares of ${length}`,
    kernel: kernel(OPTIMIZER_KERNELS, 'sum_squares'),
    data: { partial: new Float32Array(Math.ceil(length / 4096)), gradients: normals('g', length) },
    uniforms: { length },
    // A sum of 4096 squares of normal numbers in four or eight lanes.
    tolerance: { absolute: 1e-6, relative: 1e-5 },
  };
}

function stepControl(
  name: string,
  loss: Float32Array,
  partial: Float32Array,
  clipNorm = 1,
  bad = 0,
): KernelCase {
  return {
    name: `step_control ${name}`,
    kernel: kernel(OPTIMIZER_KERNELS, 'step_control'),
    data: {
      control: Float32Array.of(9, 9, bad, 9),
      stats: new Float32Array(RING_SLOTS * RING_STRIDE).fill(9),
      loss,
      partial,
      hyper: hyper({ clipNorm }),
    },
    uniforms: { rows: loss.length, chunks: partial.length },
    tolerance: OPTIMIZER_TOLERANCE,
  };
}

function lossTotal(rows: number): KernelCase {
  return {
    name: `loss_total of ${rows}`,
    kernel: LOSS_TOTAL,
    data: { total: Float32Array.of(0.75), loss: normals('loss', rows).map(Math.abs) },
    uniforms: { rows },
    tolerance: LOSS_TOTAL_TOLERANCE,
  };
}

function adamw(name: string, length: number, factor: number, second = 1e-3): KernelCase {
  return {
    name: `adamw ${name}`,
    kernel: kernel(OPTIMIZER_KERNELS, 'adamw'),
    data: {
      weights: normals('w', length),
      gradients: normals('g', length, 0.1),
      m: normals('m', length, 0.1),
      v: normals('v', length).map((x) => second * x * x),
      blocks: Float32Array.from(
        { length: length / 32 },
        (_, i) => [1, 1, 0.5, 0, 0, 1][i % 6] ?? 1,
      ),
      control: Float32Array.of(factor, 1),
      hyper: hyper(),
    },
    uniforms: { length },
    tolerance: OPTIMIZER_TOLERANCE,
  };
}

function columnSum(rows: number, width: number): KernelCase {
  return {
    name: `column_sum ${rows} x ${width}`,
    kernel: COLUMN_SUM,
    data: { out: normals('out', width), partial: normals('partial', rows * width) },
    uniforms: { rows, width },
    tolerance: { absolute: 1e-6 * Math.sqrt(rows), relative: 4e-6 },
  };
}

/** Matrices of these widths one after the other, and gaps of 64 between their results. */
function columnSums(rows: number, widths: readonly number[]): KernelCase {
  const lines: number[] = [];
  let from = 0;
  let to = 0;
  for (const width of widths) {
    for (let column = 0; column < width; column += 64) {
      lines.push(from + column, to + column, width - column, width);
    }
    from += rows * width;
    to += width + 64;
  }
  return {
    name: `column_sums of ${rows} x ${widths.join(', ')}`,
    kernel: COLUMN_SUMS,
    data: {
      out: normals('out', to),
      partial: normals('partial', from),
      blocks: Uint32Array.from(lines),
    },
    uniforms: { rows, count: lines.length / 4 },
    tolerance: { absolute: 1e-6 * Math.sqrt(rows), relative: 4e-6 },
  };
}

/** Tolerance of the beam scores, documented at `beamLevel`. */
const SCORE_TOLERANCE = { absolute: 1e-5, relative: 1e-6 };

/** A trie of `nodes` nodes in which about a third of the codes is legal; node 1 has no child. */
function trie(nodes: number, codes: number): Int32Array {
  return Int32Array.from({ length: nodes * codes }, (_, i) =>
    (i * 7 + Math.floor(i / codes)) % 3 === 0 && Math.floor(i / codes) !== 1 ? i % 97 : -1,
  );
}

/** Parents' states: a node and seven rows each; every fifth beam does not exist. */
function states(beams: number, nodes: number): Int32Array {
  return Int32Array.from({ length: beams * BEAM_STATE }, (_, i) => {
    const beam = Math.floor(i / BEAM_STATE);
    if (i % BEAM_STATE !== 0) return i;
    return beam % 5 === 4 ? -1 : beam % nodes;
  });
}

function beamScores(beams: number, codes: number, offset = 0, factor = 3): KernelCase {
  const stride = codes + offset + 3;
  return {
    name: `beam_scores ${beams} x ${codes}, offset ${offset}, logits times ${factor}`,
    kernel: kernel(BEAM_KERNELS, 'beam_scores'),
    data: {
      candidates: new Float32Array(beams * codes).fill(NaN),
      logits: normals('logits', beams * stride, factor),
      scores: normals('scores', beams),
      state: states(beams, 6),
      children: trie(6, codes),
    },
    uniforms: { beams, codes, logits_stride: stride, logits_offset: offset },
    tolerance: SCORE_TOLERANCE,
  };
}

function beamSelect(
  users: number,
  parents: number,
  codes: number,
  beam: number,
  equal = false,
): KernelCase {
  const count = users * parents * codes;
  const scores = normals('candidates', count);
  // Dead candidates, and everywhere or here and there equal ones: the earlier one must win.
  const candidates = scores.map((score, i) =>
    i % 4 === 1 ? DEAD_SCORE : equal ? 0.5 : i % 3 === 0 ? Math.round(score) : score,
  );
  return {
    name: `beam_select ${users} x ${parents} x ${codes} -> ${beam}${equal ? ', equal' : ''}`,
    kernel: kernel(BEAM_KERNELS, 'beam_select'),
    data: {
      scores: new Float32Array(users * beam).fill(NaN),
      state: new Int32Array(users * beam * BEAM_STATE).fill(5),
      tokens: new Uint32Array(users * beam).fill(5),
      places: new Uint32Array(users * beam).fill(5),
      candidates,
      // No beam is missing here: the scores of a missing one are all dead.
      parent_state: states(users * parents, 6).map((word) => Math.max(0, word)),
      children: trie(6, codes),
      lengths: Uint32Array.from({ length: users }, (_, user) => 3 + user),
    },
    uniforms: { users, parents, codes, level: 2, first_token: 11 },
    constants: { BEAM: beam },
    tolerance: SCORE_TOLERANCE,
  };
}

/** Kernels and sizes that `checkOp` does not reach: the end of a step, generation, long rows. */
export const KERNEL_CASES: readonly KernelCase[] = [
  ...[64, 4096, 4160, 20544].map(sumSquares),
  stepControl('clipping', normals('loss', 33), normals('squares', 5).map(Math.abs)),
  stepControl('below the norm', normals('loss', 33), Float32Array.of(0.25)),
  stepControl('without clipping', normals('loss', 1), Float32Array.of(7, 9), 0),
  stepControl(
    'with a gradient that is not finite',
    normals('loss', 3),
    Float32Array.of(1, Infinity),
  ),
  stepControl('with a loss that is not a number', Float32Array.of(1, NaN), Float32Array.of(1)),
  stepControl('after a step that was not finite', normals('loss', 3), Float32Array.of(1), 1, 1),
  ...[1, 1000].map(lossTotal),
  adamw('of one block', 64, 1),
  adamw('clipped', 5 * 64, 0.375),
  adamw('after a step that was not finite', 3 * 64, 0),
  adamw('with small moments', 3 * 64, 1, 1e-20),
  ...[
    [1, 1],
    [3, 7],
    [33, 97],
    [5, 64],
  ].map(([rows = 0, width = 0]) => columnSum(rows, width)),
  columnSums(32, [64, 16, 200]),
  columnSums(1, [7]),
  columnSums(257, [130, 1, 64]),
  beamScores(1, 8),
  beamScores(11, 13, 5),
  beamScores(23, 64, 1),
  beamScores(9, 256, 4, 100),
  beamSelect(1, 1, 8, 4),
  beamSelect(3, 5, 13, 7),
  beamSelect(2, 20, 64, 20),
  beamSelect(5, 3, 6, 64),
  beamSelect(2, 4, 16, 9, true),
  ...CHILD_CASES,
  ...CONTRASTIVE_CASES,
  ...DECODE_CASES,
  ...ATTENTION_CASES,
  ...SAMPLE_CASES,
  ...TRIE_CASES,
];
