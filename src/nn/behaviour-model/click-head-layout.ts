import type { TensorShape } from '../graph/parameter-table.ts';

/** A categorical feature: of items ("category"), or of the moment of an impression ("hour"). */
export interface SideFeature {
  readonly name: string;
  /** Values including 0, which stands for unknown. */
  readonly values: number;
}

/** What joins at the hidden layer of a click head, beside the model's own state. */
export interface ClickHeadConfig {
  /** Numbers of a candidate. */
  readonly numeric: number;
  /** Categorical features of the moment; absent = none. */
  readonly moments?: readonly SideFeature[];
}

export const CLICK_HIDDEN = 'click_head.hidden.weight';
/** Of the constant 1 (the bias) and the candidate's numbers, zeros up to a multiple of 4. */
export const CLICK_NUMERIC = 'click_head.numeric.weight';
export const CLICK_OUTPUT = 'click_head.output.weight';
export const CLICK_BIAS = 'click_head.output.bias';

/** One row of the hidden layer's inputs for each value: the same as one-hot inputs. */
export function momentTable(name: string): string {
  return `click_head.${name}.weight`;
}

/** Columns of the click head's numbers. */
export function numericWidth({ numeric }: ClickHeadConfig): number {
  return Math.ceil((1 + numeric) / 4) * 4;
}

/** @param inputs width of the state, @param hidden width of the hidden layer, divisible by 4 */
export function clickHeadTensors(
  config: ClickHeadConfig,
  { inputs, hidden }: { inputs: number; hidden: number },
): readonly TensorShape[] {
  const { moments = [] } = config;
  return [
    { name: CLICK_HIDDEN, shape: [hidden, inputs] },
    { name: CLICK_NUMERIC, shape: [hidden, numericWidth(config)] },
    ...moments.map(({ name, values }) => ({ name: momentTable(name), shape: [values, hidden] })),
    { name: CLICK_OUTPUT, shape: [hidden] },
    { name: CLICK_BIAS, shape: [1] },
  ];
}

/** Sets the hidden layer's bias to 0, which is the first column of the head's numbers. */
export function clearNumericBias(tensor: Float32Array, config: ClickHeadConfig): void {
  const columns = numericWidth(config);
  for (let i = 0; i < tensor.length; i += columns) tensor[i] = 0;
}

/** What is wrong with a head's sizes, in words. */
export function clickHeadProblems({ numeric, moments = [] }: ClickHeadConfig): string[] {
  const problems = featureProblems(moments);
  const taken = [CLICK_HIDDEN, CLICK_NUMERIC, CLICK_OUTPUT];
  for (const { name } of moments) {
    if (taken.includes(momentTable(name))) problems.push(`"${name}" names a part of the head`);
  }
  if (!Number.isInteger(numeric) || numeric < 0) problems.push(`${numeric} numbers of a candidate`);
  return problems;
}

/** The same of a list of features. */
export function featureProblems(features: readonly SideFeature[]): string[] {
  const problems: string[] = [];
  for (const { name, values } of features) {
    if (!Number.isInteger(values) || values < 1) problems.push(`feature "${name}" has no values`);
    if (!/^[a-z][a-z0-9_]*$/.test(name)) problems.push(`"${name}" is no name of a feature`);
  }
  if (new Set(features.map(({ name }) => name)).size < features.length) {
    problems.push('two features have the same name');
  }
  return problems;
}
