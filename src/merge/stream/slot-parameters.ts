import { toAppError } from '../../core/errors.ts';
import { lookUpParameter } from '../recipe/look-up-parameter.ts';
import { missingParameter } from '../recipe/check-recipe.ts';
import type { Scalar, Settings } from '../recipe/recipe.ts';
import type { MergeMethod } from '../method.ts';
import { checkParameters, type ParameterDef } from '../parameters.ts';
import type { MergeSlot, SlotSource } from './merge-slots.ts';

export type SlotParameters =
  | { readonly ok: true; readonly given: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly faults: readonly string[] };

/** The method's parameters for one tensor, from the recipe's scopes; defaults are left out. */
export function slotParameters(
  method: MergeMethod,
  slot: MergeSlot,
  models: readonly SlotSource[],
  global: Settings,
): SlotParameters {
  const given: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const definition of method.parameters) {
    const { name } = definition;
    const shared = { slice: slot.slice, global };
    if (definition.kind === 'number' && definition.perModel) {
      const values = models.map(({ settings, tensor, reference }) => {
        const value = lookUpParameter({ source: settings, ...shared }, name, tensor, slot.t);
        const missing = value === null ? missingParameter(method, name) : null;
        if (missing !== null) faults.push(`${reference}: ${missing}`);
        return value ?? definition.default;
      });
      given[name] = values;
    } else {
      const value = lookUpParameter({ source: null, ...shared }, name, slot.name, slot.t);
      const missing = value === null ? missingParameter(method, name) : null;
      if (missing !== null) faults.push(missing);
      if (value !== null) given[name] = valueFor(definition, value);
    }
  }
  if (faults.length > 0) return { ok: false, faults };
  const checked = checkParameters(method.parameters, given, models.length, 'parameters');
  if (checked.ok) {
    try {
      // Weights that cancel are found here, not in the middle of the work.
      method.linear?.(checked.values, models.length);
      return { ok: true, given };
    } catch (error) {
      return { ok: false, faults: [toAppError(error).message] };
    }
  }
  return { ok: false, faults: checked.faults.map(({ place, message }) => `${place}: ${message}`) };
}

/** mergekit interpolates switches like numbers: everything but 0 is on. */
function valueFor(definition: ParameterDef, value: Scalar): Scalar {
  return definition.kind === 'boolean' && typeof value === 'number' ? value !== 0 : value;
}
