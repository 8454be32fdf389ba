import { baseCoefficient } from '../linear-form.ts';
import { usesBase } from '../merge-checks.ts';
import { checkParameters } from '../parameters.ts';
import { methodById } from '../registry/registry.ts';

/** Whether choosing another base can change the result, and why not. */
export type BaseEffect =
  | { readonly matters: true }
  | { readonly matters: false; readonly reason: 'method-has-no-base' | 'base-cancels' };

/**
 * Tells whether the base can matter: θᵦ + Σ cₖ(θₖ − θᵦ) = Σ cₖθₖ for every θᵦ when Σ cₖ = 1. Methods
 * that may go without a base count as if one were given.
 * Parameters that do not pass the check count as "matters".
 * @errors invalid-argument for an unknown method
 */
export function baseEffect(
  methodId: string,
  parameters: Readonly<Record<string, unknown>>,
  modelCount: number,
): BaseEffect {
  const method = methodById(methodId);
  if (!usesBase(method)) return { matters: false, reason: 'method-has-no-base' };
  if (method.linear === undefined) return { matters: true };
  const check = checkParameters(method.parameters, parameters, modelCount);
  if (!check.ok) return { matters: true };
  const form = method.linear(check.values, modelCount);
  return Math.abs(baseCoefficient(form)) < 1e-9
    ? { matters: false, reason: 'base-cancels' }
    : { matters: true };
}
