import { AppError } from '../core/errors.ts';
import type { MergeMethod, MergeStatistics } from './method.ts';

const STATISTICS: Readonly<Record<keyof MergeStatistics, string>> = {
  masks: 'a mask a model',
  fisher: 'the Fisher information of every model',
  gram: 'the Gram matrices of every model\u2019s inputs',
  layerWeights: 'weights of every model and tensor, learned from data',
};

/** What a method can be given, before anything is computed. @errors invalid-argument */
export function checkMergeOperands(
  method: MergeMethod,
  count: number,
  hasBase: boolean,
  statistics: MergeStatistics = {},
): void {
  const { min, max } = method.models;
  if (count < min || count > max) {
    const wanted = min === max ? String(min) : `${min} to ${max}`;
    throw new AppError(
      'invalid-argument',
      `${method.title} merges ${wanted} models, not ${count}.`,
    );
  }
  if (method.needsBase && !hasBase) {
    throw new AppError('invalid-argument', `${method.title} needs a base model.`, {
      hint: 'Choose the model that the others were trained from.',
    });
  }
  for (const need of method.needs ?? []) {
    if (statistics[need] !== undefined) continue;
    throw new AppError('invalid-argument', `${method.title} needs ${STATISTICS[need]}.`, {
      hint: 'Compute it from training data first, or choose a method without data.',
    });
  }
}

/** True where a base given to the method can enter its result. */
export function usesBase(method: MergeMethod): boolean {
  return method.needsBase || method.takesBase === true;
}

/** @errors aborted */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AppError('aborted', 'The merge was stopped.');
}
