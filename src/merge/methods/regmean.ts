import wgsl from '../../../shaders/merge/regmean.wgsl?raw';
import { read, write } from '../../compute/kernel-fields.ts';
import { defineKernel, linearGroups } from '../../compute/kernel.ts';
import { AppError } from '../../core/errors.ts';
import type { TensorEntry } from '../../core/layout.ts';
import { combineTensors } from '../gram/combine.ts';
import { allModels } from '../gram/gram-method.ts';
import type { MergeContext, MergeMethod } from '../method.ts';
import { regMeanFactors } from '../regmean/factors.ts';
import { arrayOf, uniformOf } from '../twin-array.ts';

/**
 * target = start + (model − first) D for one matrix of the arenas.
 * @shape   target, first, model f32[arena], matrix f32[width·width]
 * @numeric f32, terms in order; |y − f64| <= 1e-6 Σ|model − first||D|; same bits on repeat
 */
const regMeanKernel = defineKernel({
  name: 'merge_regmean',
  wgsl,
  entry: 'regmean',
  bindings: [...write('target'), ...read('first', 'model', 'matrix')],
  uniforms: ['offset', 'rows', 'width', 'isFirst'].map((name) => ({ name, type: 'u32' }) as const),
  groups: (uniforms) =>
    linearGroups(uniformOf(uniforms, 'rows') * uniformOf(uniforms, 'width'), 64),
  work: ({ rows = 0, width = 0 }) => ({ flops: 3 * rows * width * width }),
  twin: (buffers, uniforms) => {
    const target = arrayOf(buffers, 'target');
    const first = arrayOf(buffers, 'first');
    const model = arrayOf(buffers, 'model');
    const matrix = arrayOf(buffers, 'matrix');
    const width = uniformOf(uniforms, 'width');
    const isFirst = uniformOf(uniforms, 'isFirst') === 1;
    for (let r = 0; r < uniformOf(uniforms, 'rows'); r++) {
      const row = uniformOf(uniforms, 'offset') + r * width;
      for (let c = 0; c < width; c++) {
        let sum = 0;
        for (let j = 0; j < width; j++) {
          sum += ((model[row + j] ?? 0) - (first[row + j] ?? 0)) * (matrix[j * width + c] ?? 0);
        }
        target[row + c] = sum + ((isFirst ? first[row + c] : target[row + c]) ?? 0);
      }
    }
  },
});

/**
 * RegMean: the linear layer whose outputs are closest to those of all models on their own inputs.
 *   Wᵀ = (Σ G̃ₖ)⁻¹ Σ G̃ₖ Wₖᵀ,   Gₖ = XₖᵀXₖ / N, G̃ₖ = Gₖ with off-diagonals × ρ
 * Tensors without Gram matrices are averaged. Where Σ G̃ cannot be inverted, the smallest of 1e-6,
 * 1e-4, 1e-2 times its mean diagonal is added (reported as `ridge`, one number a solved tensor),
 * and inputs that no model saw take the mean of the models.
 * The systems are solved in float64 on the host, O(K n³) for n inputs: meant for n up to about 1000.
 * @numeric |y − f64| <= 1e-6 cond · max|Wₖ − W₁| per element; same bits on repeat
 * @errors  invalid-argument without Gram matrices, layout-mismatch for one of another size,
 *          non-finite for one with NaN or infinity
 * @source  Jin et al. 2023, arXiv:2212.09849; fusion_bench `regmean`
 */
export const regmean: MergeMethod = {
  id: 'regmean',
  title: 'RegMean',
  summary: 'Wᵀ = (Σ Gₖ)⁻¹ Σ Gₖ Wₖᵀ: least squares to every model’s outputs on its own inputs.',
  source: 'Jin et al. 2023, arXiv:2212.09849; fusion_bench 0.2.33 regmean',
  models: { min: 2, max: 64 },
  needsBase: false,
  family: 'data',
  needs: ['gram'],
  parameters: [
    {
      kind: 'number',
      name: 'reduce_non_diagonal_ratio',
      title: 'Off-diagonals ρ',
      doc: 'Multiplies what inputs share with each other: 1 is the plain solution, 0 looks at each input alone.',
      perModel: false,
      default: 0.1,
      range: [0, 1],
    },
  ],
  apply: async (context) => {
    const { models, layout, statistics, scratch, executor } = context;
    const [first] = models;
    const solved = layout.entries.flatMap((entry) => {
      const grams = statistics.gram?.[entry.name];
      return grams === undefined || entry.size === 0 ? [] : [{ entry, grams }];
    });
    for (const { entry, grams } of solved) checkGrams(entry, grams, models.length);
    await meanOf(context);
    if (first === undefined || solved.length === 0) return;
    const widest = Math.max(...solved.map(({ entry }) => widthOf(entry)));
    const matrix = scratch('factors', 'f32', widest * widest);
    const ridges: number[] = [];
    for (const { entry, grams } of solved) {
      const width = widthOf(entry);
      const keep = context.values.number('reduce_non_diagonal_ratio');
      const { matrices, ridge } = regMeanFactors(grams, width, keep);
      ridges.push(ridge);
      const sizes = { offset: entry.offset, rows: entry.size / width, width };
      for (const [k, model] of models.entries()) {
        const factor = matrices[k];
        if (k === 0 || factor === undefined) continue;
        executor.write(matrix, factor);
        await context.run([
          {
            kernel: regMeanKernel,
            bind: { target: context.output, first, model, matrix },
            uniforms: { ...sizes, isFirst: k === 1 ? 1 : 0 },
          },
        ]);
      }
    }
    context.report('ridge', ridges);
  },
};

async function meanOf(context: MergeContext): Promise<void> {
  const count = context.models.length;
  const operands = allModels({ models: count, hasBase: false });
  const form = { operands, origin: 0, unit: 'tensor' } as const;
  const tensors = context.layout.entries.filter(({ size }) => size > 0).length;
  await combineTensors(context, form, new Float64Array(tensors * count).fill(1 / count));
}

function widthOf({ shape }: TensorEntry): number {
  return shape.at(-1) ?? 1;
}

function checkGrams(entry: TensorEntry, grams: readonly Float32Array[], models: number): void {
  const width = widthOf(entry);
  const place = `tensor "${entry.name}"`;
  if (grams.length !== models || grams.some(({ length }) => length !== width * width)) {
    const message = `Needs ${models} Gram matrices of ${width}×${width} values.`;
    throw new AppError('layout-mismatch', `The Gram matrices of ${place} do not fit it.`, {
      hint: 'Compute them from the same models as are merged.',
      faults: [{ place, message }],
    });
  }
  if (grams.some((gram) => gram.some((value) => !Number.isFinite(value)))) {
    throw new AppError('non-finite', `A Gram matrix of ${place} has NaN or infinity.`, {
      hint: 'Compute it again from the training data.',
    });
  }
}
