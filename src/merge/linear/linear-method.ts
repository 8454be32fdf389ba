import type { DeviceBuffer, Step } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import { combinationSteps } from './combination-steps.ts';
import type { LinearForm, Operand } from '../linear-form.ts';
import type { MergeContext, MergeMethod } from '../method.ts';

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
  const terms = form.terms.map(({ operand, coefficient }) => ({
    buffer: bufferOf(context, operand),
    coefficient,
  }));
  const origin = form.origin === null ? null : bufferOf(context, form.origin);
  return combinationSteps(context.output, terms, {
    start: origin === null ? 'nothing' : 'origin',
    origin,
    isRelative: origin !== null,
  });
}

function bufferOf(context: MergeContext, operand: Operand): DeviceBuffer {
  const buffer = operand === 'base' ? context.base : context.models[operand];
  if (buffer === null || buffer === undefined) {
    throw new AppError('internal', `The merge has no operand ${operand}.`);
  }
  return buffer;
}
