import type { Operand } from '../linear-form.ts';
import type { MergeMethod, RangeOperands } from '../method.ts';
import type { ParameterValues } from '../parameters.ts';
import type { ModelRangeForm, RangeForm, RangeSums, SumPass, WritePass } from '../range-form.ts';
import { RecordedMerge } from './recorded-merge.ts';

/**
 * A method in ranges without a word of its own: its steps are recorded instead of run. Where it
 * reads something back, passes over the ranges find that; the last pass repeats what the result
 * depends on, block by block, with the very kernels of the CPU executor. This is
 * `MergeMethod.ranges` of a method all of whose kernels are in `RANGED_KERNELS`.
 * @errors of the passes: those of the method
 */
export function throughRanges(
  this: MergeMethod,
  values: ParameterValues,
  operands: RangeOperands,
): RangeForm {
  const order = orderOf(operands);
  return {
    operands: order,
    passes: (tensor) =>
      answered(async (ask) => {
        const merge = new RecordedMerge(this, values, order, [tensor], async (passOf, take) => {
          const pass = passOf(0);
          if (pass !== null) take(0, await ask(pass));
        });
        return (await merge.apply())(0);
      }),
  };
}

/** The same for methods that look at all tensors at once: `MergeMethod.rangesOfModel`. */
export function throughModel(
  this: MergeMethod,
  values: ParameterValues,
  operands: RangeOperands,
): ModelRangeForm {
  const order = orderOf(operands);
  return {
    operands: order,
    passes: (tensors, ask) => new RecordedMerge(this, values, order, tensors, ask).apply(),
  };
}

function orderOf({ models, hasBase }: RangeOperands): Operand[] {
  const all = Array.from({ length: models }, (_, k) => k);
  return hasBase ? ['base', ...all] : all;
}

type Ask = (pass: SumPass) => Promise<RangeSums>;

/** A function that asks for passes and ends with the last one, as a generator of passes. */
async function* answered(
  work: (ask: Ask) => Promise<WritePass>,
): AsyncGenerator<SumPass, WritePass, RangeSums> {
  const questions: { readonly pass: SumPass; readonly answer: (sums: RangeSums) => void }[] = [];
  let wake = (): void => undefined;
  const ask: Ask = (pass) =>
    new Promise((answer) => {
      questions.push({ pass, answer });
      wake();
    });
  const last = work(ask);
  for (;;) {
    const asked = new Promise<void>((resolve) => {
      wake = resolve;
    });
    if (questions.length === 0) await Promise.race([asked, last]);
    const question = questions.shift();
    if (question === undefined) return last;
    question.answer(yield question.pass);
  }
}
