import { simpleAverage } from '../../merge/methods/averages.ts';
import { linear } from '../../merge/methods/linear.ts';
import { velocity } from '../../merge/methods/temporal.ts';
import { parametersAt, type DepthGradients } from '../../merge/arenas/depth-gradients.ts';
import { TARGET_SOURCE, type MergeMethod } from '../../merge/method.ts';
import { checkParameters } from '../../merge/parameters.ts';
import { MERGE_METHODS } from '../../merge/registry/registry.ts';
import type { PathFault } from '../experiment/path-fault.ts';

/** The method of plain means: bases like `pretrain-mean` are made with it. */
export const AVERAGE_METHOD = simpleAverage.id;

/** Σ wₖ θₖ with weights as written, also below 0: a change moved to another checkpoint. */
export const SUM_METHOD = linear.id;

/** The method whose α a regression of weights is about. */
export const WEIGHT_METHOD = velocity.id;

/** Its α; the method's own default where a document leaves it out. */
export function weightOf(parameters: Readonly<Record<string, unknown>>): number {
  return Number(parameters['alpha'] ?? 0.05);
}

/** undefined when there is no such method: a document may name anything. */
export function methodOf(id: string): MergeMethod | undefined {
  return MERGE_METHODS.find((method) => method.id === id);
}

/** True for methods that tell the evaluated domain, MMGRid's `source`, from its partners. */
export function putsEvaluatedLast(id: string): boolean {
  return methodOf(id)?.order === TARGET_SOURCE;
}

/** True for methods of a base and one model: SLERP from one checkpoint to another. */
export function takesOneModel(id: string): boolean {
  return methodOf(id)?.models.max === 1;
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

/** Faults of values over depth: of what kind they are, and of the values themselves. */
export function gradientFaults(
  method: MergeMethod,
  parameters: Readonly<Record<string, unknown>>,
  gradients: DepthGradients,
  models: number,
): PathFault[] {
  return Object.entries(gradients).flatMap(([name, values]) => {
    const path = ['gradients', name];
    const definition = method.parameters.find((one) => one.name === name);
    if (definition?.kind !== 'number') {
      return [{ path, message: `${method.title} has no number "${name}".` }];
    }
    if (typeof values[0] === 'object' && (!definition.perModel || values.length !== models)) {
      const wanted = definition.perModel ? `${String(models)} lists` : 'one list';
      return [{ path, message: `must be ${wanted}, not ${String(values.length)} lists.` }];
    }
    for (const depth of GRADIENT_CHECKS) {
      const at = { ...parameters, [name]: parametersAt({}, { [name]: values }, depth)[name] };
      const checked = checkParameters(method.parameters, at, models, '');
      if (!checked.ok) {
        const own = checked.faults.filter(({ place }) => place === `.${name}`);
        return own.slice(0, 1).map(({ message }) => ({ path, message }));
      }
      if (method.isGlobal?.(checked.values) !== true) continue;
      const message = `${method.title} chooses over all tensors at once: no values over depth.`;
      return [{ path, message }];
    }
    return [];
  });
}

/** Between these depths a gradient of up to 64 values is linear. */
const GRADIENT_CHECKS = Array.from({ length: 64 }, (_, index) => index / 63);
