import { attention } from '../../src/nn/ops/attention.ts';
import { fillSpans, rowSegments } from '../../src/nn/inputs/spans.ts';
import { GraphBench } from '../prepare-graph.ts';
import type { BenchCase, BenchSuite, Size } from '../suite.ts';

/** Causal attention forward and backward over B sequences of T positions. */
export const suite: BenchSuite = {
  name: 'attention',
  cases: [
    attend('nano', { B: 16, T: 64, heads: 4, headWidth: 16 }),
    attend('small', { B: 16, T: 64, heads: 4, headWidth: 32 }),
    attend('medium', { B: 4, T: 512, heads: 8, headWidth: 32 }),
    attend('large', { B: 16, T: 512, heads: 8, headWidth: 64 }),
    attend('large', { B: 4, T: 2048, heads: 8, headWidth: 64 }),
  ],
};

interface Shape {
  readonly B: number;
  readonly T: number;
  readonly heads: number;
  readonly headWidth: number;
}

function attend(size: Size, { B, T, heads, headWidth }: Shape): BenchCase {
  const rows = B * T;
  // Two products forward and five backward over the pairs below the diagonal.
  const flops = 14 * headWidth * heads * B * ((T * (T + 1)) / 2);
  return {
    name: `attention forward + backward B ${B}, T ${T}, ${heads} heads of ${headWidth}`,
    size,
    unit: 'GFLOP/s',
    flops,
    async prepare(executor) {
      const bench = new GraphBench(executor);
      const { graph } = bench;
      const spans = new Uint32Array(2 * rows);
      fillSpans(rowSegments(new Array<number>(B).fill(T), T), spans, new Uint32Array(rows));
      const qkv = bench.input('qkv', rows * 3 * heads * headWidth);
      const sizes = { rows, length: T, heads, kvHeads: heads, headWidth };
      const out = attention(graph, qkv, bench.words('spans', spans), sizes);
      graph.seedGradient(out, bench.input('d attention', out.length));
      graph.backward();
      const gradient = graph.gradientOf(qkv);
      if (gradient === null) throw new Error('attention has no gradient');
      return bench.prepared(gradient, flops / 1e9);
    },
  };
}
