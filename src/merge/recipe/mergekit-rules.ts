import { MERGE_METHODS } from '../registry/registry.ts';
import type { MergeMethod } from '../method.ts';
import type { Recipe } from './recipe.ts';

/**
 * Parameters that mergekit gives no default, by method. A recipe must state them, so that a text
 * that runs here runs there with the same result.
 * @source mergekit 0.1.4 `merge_methods`
 */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  linear: ['weight'],
  task_arithmetic: ['weight'],
  ties: ['weight'],
  dare_linear: ['weight'],
  dare_ties: ['weight'],
  breadcrumbs: ['weight'],
  breadcrumbs_ties: ['weight'],
  della: ['weight'],
  della_linear: ['weight'],
  slerp: ['t'],
  nuslerp: ['weight'],
  multislerp: ['weight'],
  nearswap: ['t'],
};

/** Parameters that a recipe has to give. */
export function requiredParameters(method: string): readonly string[] {
  return Object.hasOwn(REQUIRED, method) ? (REQUIRED[method] ?? []) : [];
}

export function isRequired(method: string, parameter: string): boolean {
  return requiredParameters(method).includes(parameter);
}

/**
 * Without influence on the result: int8_mask saved memory, and embed_slerp belonged to a way of
 * aligning vocabularies that mergekit has given up.
 */
const PASSED_OVER: readonly string[] = ['int8_mask', 'embed_slerp'];

/** Parameters that some method of mergekit knows: it passes over those its own method lacks. */
export function isMergekitParameter(name: string): boolean {
  return (
    PASSED_OVER.includes(name) ||
    MERGE_METHODS.some(
      ({ isMergekit, parameters }) =>
        isMergekit === true && parameters.some((parameter) => parameter.name === name),
    )
  );
}

/** What of a recipe mergekit would refuse or not understand; empty when it runs there as it is. */
export function beyondMergekit(recipe: Recipe, method: MergeMethod): string[] {
  return [
    ...(method.isMergekit === true ? [] : [`It has no method ${method.id}.`]),
    ...(recipe.tensors.length === 0 ? [] : ['It has no rules for tensors.']),
    ...(recipe.name === null ? [] : ['Names of steps are for mergekit-multi.']),
  ];
}
