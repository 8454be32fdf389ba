import type { ParameterValues } from '../parameters.ts';
import type { GramForm, GramMatrix } from './gram.ts';

/** Operands that a merge was given. */
export interface Operands {
  readonly models: number;
  readonly hasBase: boolean;
}

/** What the coefficients of one vector are. */
export interface Coefficients {
  /** One an operand of the form. */
  readonly values: readonly number[];
  /** The number of this vector that a reader wants to see, under the rule's `reported` name. */
  readonly reported?: number;
}

/**
 * A merge whose result is, for every tensor (row, column), a combination of its operands with
 * coefficients that depend on their Gram matrix only. While only coefficients change, a live view
 * keeps the Gram matrices.
 */
export interface GramRule {
  /** Fixed by these values: the same form means the same Gram matrices. */
  readonly form: (values: ParameterValues, operands: Operands) => GramForm;
  /** `tensor` names the place in errors. */
  readonly coefficients: (
    gram: GramMatrix,
    values: ParameterValues,
    operands: Operands,
    tensor: string,
  ) => Coefficients;
  readonly reported?: string;
}
