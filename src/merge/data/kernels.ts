import entropySplitWgsl from '../../../shaders/merge/entropy-split.wgsl?raw';
import entropyWgsl from '../../../shaders/merge/entropy.wgsl?raw';
import inputGramWgsl from '../../../shaders/merge/input-gram.wgsl?raw';
import squareGradientsWgsl from '../../../shaders/merge/square-gradients.wgsl?raw';
import { f32, perThread, read, readU32, u32, write } from '../../compute/kernel-fields.ts';
import {
  defineKernel,
  type Kernel,
  type TwinBuffers,
  type Uniforms,
} from '../../compute/kernel.ts';
import { arrayOf, uniformOf } from '../twin-array.ts';

/**
 * information += share · gradient²; the gradient becomes 0.
 * @shape   information, gradients f32[length]
 * @numeric f32; |y − f64| <= 3e-7 |y| a sum of squares a call; same bits on repeat
 */
export const squareGradients = defineKernel({
  name: 'square_gradients',
  wgsl: squareGradientsWgsl,
  entry: 'square_gradients',
  bindings: write('information', 'gradients'),
  uniforms: [...u32('length'), ...f32('share')],
  groups: perThread((uniforms) => uniformOf(uniforms, 'length')),
  twin: (buffers, uniforms) => {
    const information = arrayOf(buffers, 'information');
    const gradients = arrayOf(buffers, 'gradients');
    const share = uniformOf(uniforms, 'share');
    for (let i = 0; i < uniformOf(uniforms, 'length'); i++) {
      const gradient = gradients[i] ?? 0;
      information[i] = (information[i] ?? 0) + share * gradient * gradient;
      gradients[i] = 0;
    }
  },
});

/**
 * Adds XᵀX of the rows that belong to a sequence.
 * @shape   gram f32[width·width], x f32[rows·width], spans u32[rows·2]
 * @numeric f32, rows in order; |y − f64| <= 1e-7 rows · max|x|² a call; same bits on repeat
 */
export const inputGram = defineKernel({
  name: 'input_gram',
  wgsl: inputGramWgsl,
  entry: 'input_gram',
  bindings: [...write('gram'), ...read('x'), ...readU32('spans')],
  uniforms: u32('rows', 'width'),
  groups: perThread((uniforms) => uniformOf(uniforms, 'width') ** 2),
  work: ({ rows = 0, width = 0 }) => ({ flops: 2 * rows * width * width }),
  twin: (buffers, uniforms) => {
    const gram = arrayOf(buffers, 'gram');
    const x = arrayOf(buffers, 'x');
    const spans = arrayOf(buffers, 'spans');
    const width = uniformOf(uniforms, 'width');
    for (let n = 0; n < uniformOf(uniforms, 'rows'); n++) {
      if (!((spans[2 * n] ?? 0) < (spans[2 * n + 1] ?? 0))) continue;
      for (let i = 0; i < width; i++) {
        for (let j = 0; j < width; j++) {
          const product = (x[n * width + i] ?? 0) * (x[n * width + j] ?? 0);
          gram[i * width + j] = (gram[i * width + j] ?? 0) + product;
        }
      }
    }
  },
});

const ENTROPY_BINDINGS: Kernel['bindings'] = [
  ...write('logits', 'loss'),
  { name: 'targets', type: 'i32', access: 'read' },
  ...read('hyper'),
];
const ENTROPY_UNIFORMS: Kernel['uniforms'] = u32('rows', 'vocabulary');

/**
 * Entropy of softmax predictions in the place of `cross_entropy`, with the same operands: targets
 * only tell which rows count.   loss[n] = −Σ p ln p;  the logits become its gradient × hyper[0]
 * @shape   as `emitCrossEntropy`
 * @numeric f32; |loss − f64| <= 1e-5 + 1e-5 |loss|; same bits on repeat
 */
export const entropyKernel = defineKernel({
  name: 'prediction_entropy',
  wgsl: entropyWgsl,
  entry: 'entropy',
  bindings: ENTROPY_BINDINGS,
  uniforms: ENTROPY_UNIFORMS,
  groups: perThread((uniforms) => uniformOf(uniforms, 'rows')),
  twin: (buffers, uniforms) => {
    const vocabulary = uniformOf(uniforms, 'vocabulary');
    eachEntropy(buffers, uniforms, () => ({ first: 0, end: vocabulary, weight: 1 }));
  },
});

/**
 * The same within the tokens that each row's target competes with, in the place of
 * `cross_entropy_split`.
 * @shape   as `emitSplitCrossEntropy`
 * @numeric as `entropyKernel`, times the weight
 */
export const entropySplitKernel = defineKernel({
  name: 'prediction_entropy_split',
  wgsl: entropySplitWgsl,
  entry: 'entropy_split',
  bindings: [
    ...ENTROPY_BINDINGS,
    { name: 'ranges', type: 'u32', access: 'read' },
    { name: 'weights', type: 'f32', access: 'read' },
  ],
  uniforms: ENTROPY_UNIFORMS,
  groups: perThread((uniforms) => uniformOf(uniforms, 'rows')),
  twin: (buffers, uniforms) => {
    const ranges = arrayOf(buffers, 'ranges');
    const weights = arrayOf(buffers, 'weights');
    eachEntropy(buffers, uniforms, (row) => ({
      first: ranges[2 * row] ?? 0,
      end: ranges[2 * row + 1] ?? 0,
      weight: weights[row] ?? 0,
    }));
  },
});

/** Twin of both: entropy of each row that counts, and its gradient in place of the logits. */
function eachEntropy(
  buffers: TwinBuffers,
  uniforms: Uniforms,
  rangeOf: (row: number) => { first: number; end: number; weight: number },
): void {
  const logits = arrayOf(buffers, 'logits');
  const loss = arrayOf(buffers, 'loss');
  const targets = arrayOf(buffers, 'targets');
  const vocabulary = uniformOf(uniforms, 'vocabulary');
  const scale = arrayOf(buffers, 'hyper')[0] ?? 0;
  for (let row = 0; row < uniformOf(uniforms, 'rows'); row++) {
    const base = row * vocabulary;
    const { first, end, weight } = rangeOf(row);
    loss[row] = 0;
    if ((targets[row] ?? -1) < 0) {
      logits.fill(0, base, base + vocabulary);
      continue;
    }
    const at = (v: number) => logits[base + v] ?? 0;
    let peak = -Infinity;
    for (let v = first; v < end; v++) peak = Math.max(peak, at(v));
    let total = 0;
    let below = 0;
    for (let v = first; v < end; v++) {
      const e = Math.exp(at(v) - peak);
      total += e;
      below += e * (at(v) - peak);
    }
    const entropy = Math.log(total) - below / total;
    loss[row] = weight * entropy;
    for (let v = 0; v < vocabulary; v++) {
      const z = at(v) - peak;
      const gradient = -(Math.exp(z) / total) * (z - Math.log(total) + entropy);
      logits[base + v] = v < first || v >= end ? 0 : weight * scale * gradient;
    }
  }
}
