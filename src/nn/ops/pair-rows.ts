import backwardWgsl from '../../../shaders/pair-rows-backward.wgsl?raw';
import wgsl from '../../../shaders/pair-rows.wgsl?raw';
import { defineKernel, type TwinArray, type Uniforms } from '../../compute/kernel.ts';
import type { Graph, Operand, Value } from '../graph/graph.ts';
import { uniform, type Tolerance } from '../graph/op.ts';
import { perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';

export const PAIR_ROWS_TOLERANCE: Tolerance = { absolute: 2e-6, relative: 4e-6 };

/** Where the histories of B sequences of T rows and their candidates stand. */
export interface HistoryOperands {
  /** u32[B]: row of each candidate, in [b T, (b + 1) T). */
  readonly candidates: Operand;
  /** u32[B T, 2] (`fillSpans`): the history is the candidate's segment without it. */
  readonly spans: Operand;
}

export interface HistorySizes {
  readonly sequences: number;
  readonly length: number;
  readonly width: number;
}

/**
 * Each row of a history beside its candidate c.   u[n] = [x[n], c, x[n] ∘ c]
 * @shape   x f32[B T, C] -> u f32[B T, 3C]; rows of no history give zeros
 * @grad    dX overwrites or accumulates; a candidate's is summed over its history in order
 * @limits  C divisible by 4; candidates in their own sequences, segments not across sequences
 * @errors  none
 * @numeric forward one f32 product; |dX - f64| <= (2e-6 + 4e-6 |dX|) √T for terms of size 1
 * @source  Zhou et al. 2018, arXiv:1706.06978
 */
export function pairRows(
  graph: Graph,
  x: Value,
  { candidates, spans }: HistoryOperands,
  sizes: HistorySizes,
): Value {
  const { sequences, length, width } = sizes;
  const pairs = graph.value('history beside candidates', 3 * x.length);
  graph.emit(FORWARD, { pairs, x, candidates, spans }, { sequences, length, width });
  graph.onBackward(() => {
    const dpairs = graph.gradientOf(pairs);
    if (dpairs === null) return;
    const { target: dx, accumulate } = graph.gradientTarget(x);
    const bind = { dx, dpairs, x, candidates, spans };
    graph.emit(BACKWARD, bind, { sequences, length, width, accumulate });
  });
  return pairs;
}

/** First row, end and candidate of the history that a sequence has. */
export function historyOf(
  sequence: number,
  candidates: TwinArray,
  spans: TwinArray,
): { start: number; end: number; candidate: number } {
  const candidate = candidates[sequence]!;
  return { start: spans[2 * candidate]!, end: spans[2 * candidate + 1]!, candidate };
}

function elements(uniforms: Uniforms): number {
  const rows = uniform(uniforms, 'sequences') * uniform(uniforms, 'length');
  return (rows * uniform(uniforms, 'width')) / 4;
}

const FORWARD = defineKernel({
  name: 'pair_rows',
  wgsl,
  entry: 'pair_rows',
  bindings: [...write('pairs'), ...read('x'), ...readU32('candidates', 'spans')],
  uniforms: u32('sequences', 'length', 'width'),
  groups: perThread(elements),
  twin: (buffers, uniforms) => {
    type Names = 'pairs' | 'x' | 'candidates' | 'spans';
    const { pairs, x, candidates, spans } = buffers as Record<Names, TwinArray>;
    const length = uniform(uniforms, 'length');
    const width = uniform(uniforms, 'width');
    for (let row = 0; row < uniform(uniforms, 'sequences') * length; row++) {
      const at = historyOf(Math.floor(row / length), candidates, spans);
      const isHistory = row >= at.start && row < at.end && row !== at.candidate;
      for (let c = 0; c < width; c++) {
        const own = isHistory ? x[row * width + c]! : 0;
        const other = isHistory ? x[at.candidate * width + c]! : 0;
        pairs[row * 3 * width + c] = own;
        pairs[(row * 3 + 1) * width + c] = other;
        pairs[(row * 3 + 2) * width + c] = own * other;
      }
    }
  },
});

const BACKWARD = defineKernel({
  name: 'pair_rows_backward',
  wgsl: backwardWgsl,
  entry: 'pair_rows_backward',
  bindings: [...write('dx'), ...read('dpairs', 'x'), ...readU32('candidates', 'spans')],
  uniforms: u32('sequences', 'length', 'width', 'accumulate'),
  groups: perThread(elements),
  twin: (buffers, uniforms) => {
    type Names = 'dx' | 'dpairs' | 'x' | 'candidates' | 'spans';
    const { dx, dpairs, x, candidates, spans } = buffers as Record<Names, TwinArray>;
    const length = uniform(uniforms, 'length');
    const width = uniform(uniforms, 'width');
    const part = (row: number, index: number, c: number) => dpairs[(row * 3 + index) * width + c]!;
    for (let row = 0; row < uniform(uniforms, 'sequences') * length; row++) {
      const { start, end, candidate } = historyOf(Math.floor(row / length), candidates, spans);
      for (let c = 0; c < width; c++) {
        let d = 0;
        if (row === candidate) {
          for (let n = start; n < end; n++) {
            if (n !== candidate) d += part(n, 1, c) + part(n, 2, c) * x[n * width + c]!;
          }
        } else if (row >= start && row < end) {
          d = part(row, 0, c) + part(row, 2, c) * x[candidate * width + c]!;
        }
        const at = row * width + c;
        dx[at] = uniform(uniforms, 'accumulate') === 0 ? d : dx[at]! + d;
      }
    }
  },
});

export const PAIR_ROWS_KERNELS = [FORWARD, BACKWARD];
