import { AppError } from '../../core/errors.ts';
import type { ParameterLayout, TensorEntry } from '../../core/layout.ts';

/** One row of the table of parameter groups. The first rule whose pattern matches decides. */
export interface ParameterRule {
  /** Tensor names; `*` stands for any characters: `model.layers.0.*`. */
  readonly pattern: string;
  /** Multiplier of the learning rate; default 1. */
  readonly learningRate?: number;
  /** Default: matrices decay, vectors do not. */
  readonly decay?: boolean;
  /** No gradient, no moments, the same bits after training as before. */
  readonly frozen?: boolean;
}

/** How one tensor is trained. */
export interface TensorTraining {
  readonly learningRate: number;
  readonly decay: 0 | 1;
  readonly isFrozen: boolean;
}

/**
 * The rules applied to every tensor of a layout, by name.
 * @errors invalid-argument for a rule that matches nothing, or with a wrong multiplier
 */
export function trainingOf(
  layout: ParameterLayout,
  rules: readonly ParameterRule[],
): ReadonlyMap<string, TensorTraining> {
  const tests = rules.map((rule) => ({ rule, test: matcher(rule.pattern) }));
  for (const { rule, test } of tests) {
    if (layout.entries.every(({ name }) => !test(name))) {
      throw new AppError(
        'invalid-argument',
        `No tensor of the model is called "${rule.pattern}", as a parameter rule says.`,
        { hint: 'Patterns are tensor names with * for any characters, such as model.layers.0.*' },
      );
    }
    const { learningRate = 1 } = rule;
    if (!(learningRate >= 0 && learningRate <= 1e6)) {
      throw new AppError(
        'invalid-argument',
        `The learning-rate multiplier of "${rule.pattern}" is ${learningRate}.`,
        { hint: 'Use a number of 0 or more; to keep tensors as they are, freeze them.' },
      );
    }
  }
  return new Map(
    layout.entries.map((entry) => {
      const rule = tests.find(({ test }) => test(entry.name))?.rule;
      return [entry.name, applied(entry, rule)];
    }),
  );
}

function applied({ shape }: TensorEntry, rule: ParameterRule | undefined): TensorTraining {
  const decays = rule?.decay ?? shape.length > 1;
  return {
    learningRate: rule?.learningRate ?? 1,
    decay: decays ? 1 : 0,
    isFrozen: rule?.frozen ?? false,
  };
}

function matcher(pattern: string): (name: string) => boolean {
  const escaped = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  const expression = new RegExp(`^${escaped}$`);
  return (name) => expression.test(name);
}
