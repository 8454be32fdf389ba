import type { DeviceBuffer, Step } from '../compute/executor.ts';
import { AppError } from '../core/errors.ts';
import { linearCombination, TERMS_PER_PASS } from './linear-combination.ts';
import type { LinearForm, Operand } from './linear-form.ts';
import type { MergeContext, MergeMethod } from './method.ts';

/** A method whose whole definition is its linear form. */
export function defineLinearMethod(
  method: Omit<MergeMethod, 'apply'> & Required<Pick<MergeMethod, 'linear'>>,
): MergeMethod {
  return {
    ...method,
    apply: (context) =>
      context.run(linearSteps(context, method.linear(context.values, context.models.length))),
  };
}

function linearSteps(context: MergeContext, form: LinearForm): Step[] {
  // Without an origin the slot still has to be bound; `relative` is 0 then.
  const origin = bufferOf(context, form.origin ?? form.terms[0]?.operand ?? 0);
  const hasOrigin = form.origin === null ? 0 : 1;
  const steps: Step[] = [];
  for (let first = 0; first < form.terms.length; first += TERMS_PER_PASS) {
    const terms = form.terms.slice(first, first + TERMS_PER_PASS);
    const coefficients = terms.map((term) => term.coefficient);
    const inputs = terms.map((term) => bufferOf(context, term.operand));
    const [c0 = 0, c1 = 0, c2 = 0, c3 = 0] = coefficients;
    const [x0 = origin, x1 = origin, x2 = origin, x3 = origin] = inputs;
    steps.push({
      kernel: linearCombination,
      bind: { target: context.output, origin, x0, x1, x2, x3 },
      uniforms: {
        quads: context.layout.length / 4,
        terms: terms.length,
        start: first > 0 ? 1 : hasOrigin * 2,
        relative: hasOrigin,
        ...{ c0, c1, c2, c3 },
      },
    });
  }
  return steps;
}

function bufferOf(context: MergeContext, operand: Operand): DeviceBuffer {
  const buffer = operand === 'base' ? context.base : context.models[operand];
  if (buffer === null || buffer === undefined) {
    throw new AppError('internal', `The merge has no operand ${operand}.`);
  }
  return buffer;
}
