import { evaluateSetting } from './evaluate-setting.ts';
import type { Scalar, Settings } from './recipe.ts';

/** Where a parameter of one tensor may stand, in the order in which it is looked for. */
export interface ParameterScopes {
  /** Of the model, for parameters that each model has. */
  readonly source: Settings | null;
  readonly slice: Settings | null;
  readonly global: Settings | null;
}

/**
 * The first value that a scope gives a parameter for this tensor; null when none does, so that the
 * method's default holds. A scope whose filters miss the tensor is passed over.
 * @source mergekit 0.1.4 `ConfigReader.parameter`: source > slice > global > default
 */
export function lookUpParameter(
  scopes: ParameterScopes,
  name: string,
  tensor: string,
  t: number,
): Scalar | null {
  for (const settings of [scopes.source, scopes.slice, scopes.global]) {
    const setting = settings?.get(name);
    const value = setting === undefined ? null : evaluateSetting(setting, tensor, t);
    if (value !== null) return value;
  }
  return null;
}
