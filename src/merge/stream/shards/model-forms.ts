import { elementCount } from '../../../core/layout.ts';
import type { ModelAsk, ModelRangeForm, RangeForm, RangeSums, SumPass } from '../../range-form.ts';
import type { RangeOperand } from '../../ranges/aligned-tensor.ts';
import type { RangeSession } from '../../ranges/range-session.ts';
import type { RangeCut, RangeWork } from '../../ranges/range-work.ts';
import { runRanges } from '../../ranges/run-ranges.ts';
import type { Operand, PlannedTensor } from '../planned-tensor.ts';
import { NOWHERE } from './result-file.ts';
import type { RunContext } from '../run-context.ts';

/** What passes over a whole model are run with. */
export interface ModelRun {
  readonly context: RunContext;
  readonly session: RangeSession;
  readonly cut: RangeCut;
  readonly form: ModelRangeForm;
  readonly tensors: readonly PlannedTensor[];
  readonly operandsOf: (tensor: PlannedTensor) => readonly Operand[];
  readonly inputsOf: (tensor: PlannedTensor) => readonly RangeOperand[];
}

/**
 * Runs the passes of a method that looks at all tensors at once, and gives the form by which each is
 * written then. Nothing is written here.
 * @errors non-finite with every tensor that was looked at, aborted, and the session's
 */
export async function findModelForms(run: ModelRun): Promise<Map<PlannedTensor, RangeForm>> {
  const { form, tensors } = run;
  const { operands } = form;
  let isFirst = true;
  const ask: ModelAsk = async (passOf, take) => {
    const asked = tensors.flatMap((tensor, number): Asked[] => {
      const pass = passOf(number);
      return pass === null ? [] : [{ tensor, pass, take: (sums) => take(number, sums) }];
    });
    await askTensors(run, asked, isFirst);
    isFirst = false;
  };
  const { listBytes } = run.cut;
  const shapes = tensors.map(({ name, shape }) => ({
    ...{ name, shape, elements: elementCount(shape), listBytes },
  }));
  const passOf = await form.passes(shapes, ask);
  return new Map(
    tensors.map((tensor, number) => {
      const write: RangeForm = {
        operands,
        passes: function* () {
          return passOf(number);
        },
      };
      return [tensor, write];
    }),
  );
}

interface Asked {
  readonly tensor: PlannedTensor;
  readonly pass: SumPass;
  readonly take: (sums: RangeSums) => void;
}

async function askTensors(run: ModelRun, asked: readonly Asked[], isFirst: boolean): Promise<void> {
  const { context, session, cut, form } = run;
  const { floats, meter, signal } = context;
  const works = asked.map(({ tensor, pass, take }): RangeWork => {
    const operands = run.inputsOf(tensor);
    const passes = function* (): Generator<SumPass, null, RangeSums> {
      take(yield pass);
      return null;
    };
    const content = { kind: 'merge', form: { operands: form.operands, passes }, operands } as const;
    return { ...tensor, file: NOWHERE, position: 0, content };
  });
  const report = await runRanges({ session, works, isBad: false, cut, signal });
  meter.look();
  floats.bytesRead += report.bytesRead;
  // Every pass meets them again.
  if (!isFirst) return;
  asked.forEach(({ tensor }, index) => {
    run.operandsOf(tensor).forEach((operand, k) => {
      floats.bad.add(operand, report.nonFinite[index]?.[k] ?? 0);
    });
  });
  floats.bad.throwIfAny();
}
