import { AppError } from '../core/errors.ts';

/** An operand of a merge: the base, or a model by its index. */
export type Operand = 'base' | number;

/**
 * A merge that is linear in its operands: o + Σ c_k (x_k − o) with an origin o, Σ c_k x_k without.
 * Differences are formed first, because task vectors are small next to the weights.
 */
export interface LinearForm {
  readonly origin: Operand | null;
  readonly terms: readonly { readonly operand: Operand; readonly coefficient: number }[];
}

/** Weight with which the base itself enters the result; 0 = any base gives the same result. */
export function baseCoefficient(form: LinearForm): number {
  const sum = form.terms.reduce((total, term) => total + term.coefficient, 0);
  const own = form.terms.filter((term) => term.operand === 'base');
  return own.reduce(
    (total, term) => total + term.coefficient,
    form.origin === 'base' ? 1 - sum : 0,
  );
}

/** @errors invalid-argument when the sum is not usable as a divisor */
export function normalized(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (Math.abs(sum) < 1e-8) {
    throw new AppError('invalid-argument', 'The weights add up to 0 and cannot be normalised.', {
      hint: 'Nothing was merged. Change a weight or turn normalisation off.',
    });
  }
  return weights.map((weight) => weight / sum);
}

/** Terms over all models in order. */
export function modelTerms(coefficients: readonly number[]): LinearForm['terms'] {
  return coefficients.map((coefficient, operand) => ({ operand, coefficient }));
}
