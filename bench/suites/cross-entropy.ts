import { linearCrossEntropy } from '../../src/nn/ops/linear-cross-entropy.ts';
import { GraphBench } from '../prepare-graph.ts';
import type { BenchCase, BenchSuite, Size } from '../suite.ts';

/** Language-model head and cross-entropy with gradients, from 1k to the vocabulary of Qwen. */
export const suite: BenchSuite = {
  name: 'cross-entropy',
  cases: [
    head('nano', { rows: 1024, width: 64, vocabulary: 1024 }),
    head('small', { rows: 256, width: 64, vocabulary: 8192 }),
    head('medium', { rows: 256, width: 128, vocabulary: 32_768 }),
    head('large', { rows: 1024, width: 256, vocabulary: 151_936 }),
  ],
};

interface Shape {
  readonly rows: number;
  readonly width: number;
  readonly vocabulary: number;
}

function head(size: Size, { rows, width, vocabulary }: Shape): BenchCase {
  return {
    name: `head + cross-entropy ${rows} rows, d ${width}, V ${vocabulary.toLocaleString('en')}`,
    size,
    unit: 'tokens/s',
    flops: 6 * rows * width * vocabulary,
    async prepare(executor) {
      const bench = new GraphBench(executor);
      const { graph } = bench;
      const x = bench.input('hidden', rows * width);
      const parameter = {
        weight: bench.floats('head', bench.normals(vocabulary * width, 0.05)),
        gradient: bench.floats('d head', new Float32Array(vocabulary * width)),
      };
      const targets = Int32Array.from({ length: rows }, (_, row) => (row * 7919) % vocabulary);
      const inputs = {
        targets: bench.integers('targets', targets),
        hyper: bench.floats('hyper', new Float32Array(16).fill(1 / rows)),
      };
      const loss = linearCrossEntropy(graph, x, parameter, inputs, { rows, width, vocabulary });
      graph.backward();
      return bench.prepared(loss, rows);
    },
  };
}
