import { AppError } from '../../core/errors.ts';
import type { MergeContext } from '../method.ts';
import type { NumberParameter } from '../parameters.ts';

/** Which model a method of several results gives. */
export const TASK: NumberParameter = {
  kind: 'number',
  name: 'task',
  title: 'Result for model',
  doc: 'Gives the result made for this model, counted from 0; −1 gives the one for all.',
  perModel: false,
  default: -1,
  range: [-1, 63],
  isInteger: true,
};

/**
 * The index of the model that the result is for, −1 for the common one.
 * @errors invalid-argument when there is no such model
 */
export function taskOf({ values, models }: MergeContext): number {
  const task = values.number('task');
  if (task < models.length) return task;
  throw new AppError('invalid-argument', `There is no model ${task} among ${models.length}.`, {
    hint: 'Nothing was merged. Models count from 0; −1 asks for the common result.',
  });
}
