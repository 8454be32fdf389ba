import type { ElementType } from '../../compute/kernel.ts';
import type { Step } from '../../compute/executor.ts';
import { layoutOf } from '../../core/layout.ts';
import { AppError } from '../../core/errors.ts';
import type { Operand } from '../linear-form.ts';
import type { MergeMethod, RangeOperands } from '../method.ts';
import type { ParameterValues } from '../parameters.ts';
import type { RangeForm, RangeSums, RangeTensor, SumPass, WritePass } from '../range-form.ts';
import { neededSteps, planPass, tablesOf, valuesOf, type End, type PassAim } from './plan-pass.ts';
import { RecordingExecutor, type RecordedBuffer, type RecordedStep } from './recording.ts';
import { select } from './select.ts';
import { keepSum, sumEnd } from './sum-ends.ts';

/**
 * A method in ranges without a word of its own: its steps are recorded instead of run. Where it
 * reads something back, passes over the ranges find that; the last pass repeats what the result
 * depends on, block by block, with the very kernels of the CPU executor.
 * @errors of the passes: those of the method
 */
export function recordedForm(
  method: MergeMethod,
  values: ParameterValues,
  { models, hasBase }: RangeOperands,
): RangeForm {
  const operands: Operand[] = [
    ...(hasBase ? (['base'] as const) : []),
    ...Array.from({ length: models }, (_, k) => k),
  ];
  return {
    operands,
    passes: (tensor) => {
      const recording = new Recording(method, values, tensor, operands);
      return answered((ask) => recording.apply(ask));
    },
  };
}

/** `MergeMethod.ranges` of a method all of whose kernels are in `RANGED_KERNELS`. */
export function throughRanges(
  this: MergeMethod,
  values: ParameterValues,
  operands: RangeOperands,
): RangeForm {
  return recordedForm(this, values, operands);
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

/** One tensor's merge. */
class Recording {
  private readonly method: MergeMethod;
  private readonly values: ParameterValues;
  private readonly tensor: RangeTensor;
  private readonly order: readonly Operand[];
  private readonly executor = new RecordingExecutor(() => this.settle());
  private readonly operands: readonly RecordedBuffer[];
  private ask: Ask = () => Promise.reject(new AppError('internal', 'Nobody answers.'));

  constructor(
    method: MergeMethod,
    values: ParameterValues,
    tensor: RangeTensor,
    order: readonly Operand[],
  ) {
    this.method = method;
    this.values = values;
    this.tensor = tensor;
    this.order = order;
    const { length } = layoutOf([[tensor]]);
    this.operands = order.map((operand) =>
      this.executor.allocate(`operand ${operand}`, 'f32', length),
    );
  }

  async apply(ask: Ask): Promise<WritePass> {
    this.ask = ask;
    const { executor, values, order, operands } = this;
    const layout = layoutOf([[this.tensor]]);
    const output = executor.allocate('result', 'f32', layout.length);
    const scratch = (label: string, type: ElementType, length: number) =>
      executor.allocate(label, type, length);
    const run = async (steps: readonly Step[]) => {
      executor.run(await executor.prepare(this.method.id, steps));
    };
    await this.method.apply({
      ...{ executor, layout, values, output, scratch, run, statistics: {} },
      models: operands.filter((_, k) => order[k] !== 'base'),
      base: operands.find((_, k) => order[k] === 'base') ?? null,
      report: () => undefined,
    });
    await this.settle();
    const { pass, result } = planPass(this.aim(new Map(), output));
    return { kind: 'write', ...pass, result };
  }

  private aim(ends: ReadonlyMap<number, End>, result: RecordedBuffer | null): PassAim {
    const { shape, elements } = this.tensor;
    const rowElements = shape.length < 2 ? elements : elements / Math.max(1, shape[0] ?? 1);
    const { operands } = this;
    return { steps: this.executor.steps, operands, rowElements, elements, ends, result };
  }

  /** Finds all sums and cuts that are not known yet, as many at once as do not wait for others. */
  private async settle(): Promise<void> {
    const { steps } = this.executor;
    for (;;) {
      const open = steps.flatMap((step, index) => (isOpen(step) ? [index] : []));
      if (open.length === 0) return;
      const ready = open.filter((index) => !this.waits(index, open));
      if (ready.length === 0) throw new AppError('internal', 'Steps of a merge wait in a circle.');
      await this.findSums(ready);
      await this.findCuts(ready);
    }
  }

  /** True where a step, or one that it depends on, looks at what an earlier open one leaves. */
  private waits(index: number, open: readonly number[]): boolean {
    const { steps } = this.executor;
    const step = steps[index];
    if (step === undefined || step.kind === 'elements') return false;
    const reads = step.kind === 'selection' ? [step.values, step.origin] : valuesOf(step);
    const ends = new Map([[index, { reads, sums: () => ({}), calls: () => [] }]]);
    const needed = neededSteps({ steps, ends, result: null });
    const tables = new Set(step.kind === 'sums' ? tablesOf(step) : []);
    steps.forEach((one, at) => {
      if (needed.has(at) && one.kind === 'elements') for (const t of tablesOf(one)) tables.add(t);
    });
    return open.some((at) => {
      const other = steps[at];
      if (at >= index || other === undefined || other.kind === 'elements') return false;
      const left = other.kind === 'selection' ? other.cuts : other.bind.get('cuts');
      const isLeft = other.kind === 'selection' || other.kernel.countsMajority === true;
      return isLeft && left !== undefined && tables.has(left);
    });
  }

  private async findSums(ready: readonly number[]): Promise<void> {
    const { steps } = this.executor;
    const found = ready.flatMap((index) => {
      const step = steps[index];
      return step?.kind === 'sums' ? [{ step, index, name: `sum ${index}` }] : [];
    });
    if (found.length === 0) return;
    const ends = new Map(found.map(({ step, index, name }) => [index, sumEnd(step, name)]));
    const { sums, shape } = await this.run(ends);
    for (const { step, name } of found) {
      keepSum(step, name, sums, shape);
      step.isDone = true;
    }
  }

  private async findCuts(ready: readonly number[]): Promise<void> {
    const { steps } = this.executor;
    const choices = ready.flatMap((index) => {
      const step = steps[index];
      return step?.kind === 'selection' ? [{ step, index, name: `cut ${index}` }] : [];
    });
    await select(choices, this.tensor.elements, (ends) => this.run(ends));
    for (const { step } of choices) step.isDone = true;
  }

  private async run(ends: ReadonlyMap<number, End>) {
    const { pass, shape } = planPass(this.aim(ends, null));
    return { sums: await this.ask({ kind: 'sum', ...pass }), shape };
  }
}

function isOpen(step: RecordedStep): boolean {
  return step.kind !== 'elements' && !step.isDone;
}
