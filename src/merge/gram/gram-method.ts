import type { Operand } from '../linear-form.ts';
import type { MergeContext, MergeMethod } from '../method.ts';
import { combineTensors } from './combine.ts';
import { gramRanges } from './gram-ranges.ts';
import type { GramRule, Operands } from './gram-rule.ts';
import { gramOf, type GramMatrices } from './gram.ts';

/** A method defined by its rule. */
export interface GramMethod extends MergeMethod {
  readonly rule: GramRule;
}

/** A method whose whole definition is its rule. */
export function defineGramMethod(method: Omit<GramMethod, 'apply'>): GramMethod {
  const { rule } = method;
  return {
    ranges: (values, operands) => gramRanges(rule, values, operands),
    ...method,
    apply: async (context) => {
      const form = rule.form(context.values, operandsOf(context));
      const find = () => gramOf(context, form);
      const key = `gram ${JSON.stringify(form)}`;
      const grams = (await context.remember?.(key, find)) ?? (await find());
      const { coefficients, reported } = coefficientsOf(rule, context, grams);
      await combineTensors(context, form, coefficients);
      if (rule.reported !== undefined && form.unit === 'tensor') {
        context.report(rule.reported, reported);
      }
    },
  };
}

/** The rule applied to every vector, on the host in float64. */
function coefficientsOf(
  rule: GramRule,
  context: Pick<MergeContext, 'layout' | 'values' | 'models' | 'base'>,
  grams: GramMatrices,
): { coefficients: Float64Array; reported: Float64Array } {
  const { table, form } = grams;
  const count = form.operands.length;
  const coefficients = new Float64Array(table.vectorCount * count);
  const reported = new Float64Array(table.vectorCount);
  const operands = operandsOf(context);
  for (let vector = 0; vector < table.vectorCount; vector++) {
    const tensor = context.layout.entries[table.tensors[vector] ?? 0]?.name ?? '';
    const found = rule.coefficients(grams.matrix(vector), context.values, operands, tensor);
    coefficients.set(found.values, vector * count);
    reported[vector] = found.reported ?? Number.NaN;
  }
  return { coefficients, reported };
}

/** All models of a merge as operands. */
export function allModels(operands: Operands): Operand[] {
  return Array.from({ length: operands.models }, (_, k) => k);
}

function operandsOf(context: Pick<MergeContext, 'models' | 'base'>): Operands {
  return { models: context.models.length, hasBase: context.base !== null };
}
