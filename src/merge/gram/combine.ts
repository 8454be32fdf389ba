import type { Step } from '../../compute/executor.ts';
import type { MergeContext } from '../method.ts';
import { operandBuffer, uploadBlocks, type GramContext, type GramForm } from './gram.ts';
import { combineKernel, OPERANDS_PER_PASS } from './kernels.ts';
import { vectorTable, type VectorTable } from './vector-table.ts';

/** Dispatches that can be replayed: new coefficients, the same operands and output. */
export interface Combination {
  readonly table: VectorTable;
  /** Queue these (again) after `write`. */
  readonly steps: readonly Step[];
  /** Queues new coefficients: `operands` numbers a vector of the table, in its order. */
  write(coefficients: Float64Array): void;
}

/**
 * Prepares output = o + Σ c_k (x_k − o), or Σ c_k x_k without an origin, with coefficients of its
 * own for every vector. A live view prepares its steps once and writes coefficients per move.
 */
export function combination(
  context: GramContext & Pick<MergeContext, 'output'>,
  form: GramForm,
  table = vectorTable(context.layout, form.unit),
): Combination {
  const count = form.operands.length;
  const passes = Math.ceil(count / OPERANDS_PER_PASS);
  if (table.blockCount === 0 || count === 0) {
    return { table, steps: [], write: () => undefined };
  }
  const records = new Float32Array(passes * table.vectorCount * OPERANDS_PER_PASS);
  const coefficients = context.scratch('coefficients', 'f32', records.length);
  const blocks = uploadBlocks(context, table);
  const hasOrigin = form.origin === null ? 0 : 1;
  const steps: Step[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const first = pass * OPERANDS_PER_PASS;
    const group = form.operands.slice(first, first + OPERANDS_PER_PASS);
    const buffers = group.map((operand) => operandBuffer(context, operand));
    const fallback = operandBuffer(context, form.operands[0] ?? 0);
    const [x0 = fallback, x1 = fallback, x2 = fallback, x3 = fallback] = buffers;
    const origin = form.origin === null ? fallback : operandBuffer(context, form.origin);
    steps.push({
      kernel: combineKernel,
      bind: { target: context.output, blocks, coefficients, origin, x0, x1, x2, x3 },
      uniforms: {
        blocks: table.blockCount,
        terms: group.length,
        start: pass > 0 ? 1 : hasOrigin * 2,
        relative: hasOrigin,
        first: pass * table.vectorCount,
      },
    });
  }
  return {
    table,
    steps,
    write: (values) => {
      for (let v = 0; v < table.vectorCount; v++) {
        for (let k = 0; k < count; k++) {
          const record = Math.floor(k / OPERANDS_PER_PASS) * table.vectorCount + v;
          const slot = k % OPERANDS_PER_PASS;
          records[record * OPERANDS_PER_PASS + slot] = values[v * count + k] ?? Number.NaN;
        }
      }
      context.executor.write(coefficients, records);
    },
  };
}

/** One linear-combination pass with `coefficients` (`operands` numbers a vector) into the output. */
export async function combineTensors(
  context: GramContext & Pick<MergeContext, 'output'>,
  form: GramForm,
  coefficients: Float64Array,
): Promise<void> {
  const pass = combination(context, form);
  pass.write(coefficients);
  await context.run(pass.steps);
}
