import type { MergeMethod } from '../merge/method.ts';
import { checkParameters } from '../merge/parameters.ts';
import { TARGET_SOURCE } from '../merge/method.ts';
import { MERGE_METHODS } from '../merge/registry.ts';
import type { PathFault } from './path-fault.ts';

/** The method of plain means: bases like `pretrain-mean` are made with it. */
export const AVERAGE_METHOD = 'simple_average';

/** undefined when there is no such method: a document may name anything. */
export function methodOf(id: string): MergeMethod | undefined {
  return MERGE_METHODS.find((method) => method.id === id);
}

/** True for methods that tell the evaluated domain, MMGRid's `source`, from its partners. */
export function putsEvaluatedLast(id: string): boolean {
  return methodOf(id)?.order === TARGET_SOURCE;
}

export function methodIds(): string[] {
  return MERGE_METHODS.map(({ id }) => id);
}

/** Faults of a merge's `parameters`, with paths relative to the merge. */
export function parameterFaults(
  method: MergeMethod,
  parameters: Readonly<Record<string, unknown>>,
  models: number,
): PathFault[] {
  const checked = checkParameters(method.parameters, parameters, models, '');
  if (checked.ok) return [];
  return checked.faults.map(({ place, message }) => ({
    path: ['parameters', place.replace(/^\./, '')],
    message,
  }));
}
