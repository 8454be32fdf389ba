import wgsl from '../../../shaders/merge/fisher.wgsl?raw';
import { defineKernel, linearGroups } from '../../compute/kernel.ts';
import type { Step } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import { gramOf } from '../gram/gram.ts';
import { normOf } from '../gram/angles.ts';
import { ANY_MODELS, type MergeContext, type MergeMethod } from '../method.ts';
import { arrayOf, uniformOf } from '../twin-array.ts';

/** Models of one dispatch: with their information and the two sums eight buffers. */
const MODELS_PER_PASS = 3;
const ELEMENTS_PER_THREAD = 4;
/** ε = 0 would divide by 0 where no model has information. */
const LEAST_EPS = 1e-20;

/**
 * One pass of num = Σ a_k (F_k + ε) θ_k and den = Σ a_k (F_k + ε); the last one divides.
 * @shape   all f32[length]; unused m and f are bound but not read
 * @numeric f32, models in order; |y − f64| <= 5e-7 max|θ| after the division; same bits on repeat
 */
const fisherKernel = defineKernel({
  name: 'merge_fisher',
  wgsl,
  entry: 'fisher',
  bindings: [
    { name: 'numerator', type: 'f32', access: 'read_write' },
    { name: 'divisor', type: 'f32', access: 'read_write' },
    ...['m0', 'm1', 'm2', 'f0', 'f1', 'f2'].map(
      (name) => ({ name, type: 'f32', access: 'read' }) as const,
    ),
  ],
  uniforms: [
    ...['length', 'models', 'isFirst', 'isLast'].map((name) => ({ name, type: 'u32' }) as const),
    ...['eps', 'a0', 'a1', 'a2'].map((name) => ({ name, type: 'f32' }) as const),
  ],
  groups: (uniforms) =>
    linearGroups(Math.ceil(uniformOf(uniforms, 'length') / ELEMENTS_PER_THREAD), 64),
  twin: (buffers, uniforms) => {
    const numerator = arrayOf(buffers, 'numerator');
    const divisor = arrayOf(buffers, 'divisor');
    const slots = Array.from({ length: uniformOf(uniforms, 'models') }, (_, k) => k);
    const models = slots.map((k) => arrayOf(buffers, `m${k}`));
    const information = slots.map((k) => arrayOf(buffers, `f${k}`));
    const scales = slots.map((k) => uniformOf(uniforms, `a${k}`));
    const eps = uniformOf(uniforms, 'eps');
    for (let i = 0; i < uniformOf(uniforms, 'length'); i++) {
      const isFirst = uniformOf(uniforms, 'isFirst') === 1;
      let sum = isFirst ? 0 : (numerator[i] ?? 0);
      let total = isFirst ? 0 : (divisor[i] ?? 0);
      for (const k of slots) {
        const weight = (scales[k] ?? 0) * (Math.max(information[k]?.[i] ?? 0, 0) + eps);
        sum += weight * (models[k]?.[i] ?? 0);
        total += weight;
      }
      divisor[i] = total;
      numerator[i] = uniformOf(uniforms, 'isLast') === 1 ? sum / total : sum;
    }
  },
});

/**
 * Fisher merging: every parameter is the mean of the models, weighted by how sure each is of it.
 *   θ = Σ aₖ (Fₖ + ε) θₖ / Σ aₖ (Fₖ + ε),   aₖ ∝ 1 / (‖Fₖ‖ + ε) over all tensors when normalised
 * Fₖ is the diagonal Fisher information that the merge is given; negative values count as 0. Where
 * no model has information the result is the mean (ε = 0 counts as 1e-20).
 * @numeric |y − f64| <= 1e-6 max|θ| per element; same bits on repeat
 * @errors  invalid-argument without Fisher information, non-finite where it exceeds 1e18
 * @source  Matena and Raffel 2022, arXiv:2111.09832; fusion_bench `fisher_merging`
 */
export const fisher: MergeMethod = {
  id: 'fisher',
  title: 'Fisher',
  summary:
    'θ = Σ Fₖ θₖ / Σ Fₖ: parameters weighted by the Fisher information of each model’s data.',
  source: 'Matena and Raffel 2022, arXiv:2111.09832; fusion_bench 0.2.33 fisher_merging',
  models: ANY_MODELS,
  needsBase: false,
  family: 'data',
  isGlobal: (values) => values.boolean('normalize_fisher_weight'),
  needs: ['fisher'],
  parameters: [
    {
      kind: 'boolean',
      name: 'normalize_fisher_weight',
      title: 'Balance models',
      doc: 'Divides the information of each model by its norm, so that no model outweighs the others.',
      default: true,
    },
    {
      kind: 'number',
      name: 'minimal_fisher_weight',
      title: 'Least information ε',
      doc: 'Added to every value; without information all models then count the same.',
      perModel: false,
      default: 1e-6,
      range: [0, 1],
      slider: [1e-8, 1e-3],
    },
  ],
  apply: async (context) => {
    const { statistics, models, layout, scratch, executor } = context;
    const information = (statistics.fisher ?? []).map((arena, k) => {
      const buffer = scratch(`information ${k}`, 'f32', layout.length);
      executor.write(buffer, arena);
      return buffer;
    });
    if (information.length !== models.length) {
      throw new AppError('internal', 'Fisher merging was started without its information.');
    }
    const eps = Math.max(LEAST_EPS, context.values.number('minimal_fisher_weight'));
    const scales = context.values.boolean('normalize_fisher_weight')
      ? balanced(await normsOf({ ...context, models: information }), eps)
      : models.map(() => 1);
    const divisor = scratch('weights', 'f32', layout.length);
    const steps: Step[] = [];
    for (let first = 0; first < models.length; first += MODELS_PER_PASS) {
      const end = first + MODELS_PER_PASS;
      const [m0 = divisor, m1 = m0, m2 = m0] = models.slice(first, end);
      const [f0 = divisor, f1 = f0, f2 = f0] = information.slice(first, end);
      const [a0 = 0, a1 = 0, a2 = 0] = scales.slice(first, end);
      steps.push({
        kernel: fisherKernel,
        bind: { numerator: context.output, divisor, m0, m1, m2, f0, f1, f2 },
        uniforms: {
          length: layout.length,
          models: Math.min(MODELS_PER_PASS, models.length - first),
          isFirst: first === 0 ? 1 : 0,
          isLast: end >= models.length ? 1 : 0,
          ...{ eps, a0, a1, a2 },
        },
      });
    }
    await context.run(steps);
  },
};

/** L2 norms over all tensors, one a model of the context. */
async function normsOf(context: MergeContext): Promise<number[]> {
  const norms: number[] = [];
  for (const [k] of context.models.entries()) {
    const grams = await gramOf(context, { operands: [k], origin: null, unit: 'tensor' });
    const tensors = Array.from({ length: grams.table.vectorCount }, (_, v) => v);
    norms.push(Math.hypot(...tensors.map((v) => normOf(grams.matrix(v), 0))));
  }
  return norms;
}

/** 1 / (norm + ε), the largest scaled to 1. */
function balanced(norms: readonly number[], eps: number): number[] {
  const inverse = norms.map((norm) => 1 / (norm + eps));
  const largest = Math.max(...inverse);
  return inverse.map((value) => value / largest);
}
