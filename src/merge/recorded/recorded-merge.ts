import type { Step } from '../../compute/executor.ts';
import type { ElementType } from '../../compute/kernel.ts';
import { AppError } from '../../core/errors.ts';
import { layoutOf, type ParameterLayout } from '../../core/layout.ts';
import type { Operand } from '../linear-form.ts';
import type { MergeMethod } from '../method.ts';
import type { ParameterValues } from '../parameters.ts';
import type { ModelAsk, RangeSums, RangeTensor, WritePass } from '../range-form.ts';
import { tablesOf, valuesOf } from './calls.ts';
import type { Choice } from './choice.ts';
import { KeptElements } from './kept-elements.ts';
import { PartPlaces, type Part } from './parts.ts';
import { neededSteps, planPass, type PassAim, type PlannedPass } from './plan-pass.ts';
import { RecordingExecutor, type RecordedBuffer, type RecordedStep } from './recording.ts';
import type { End, PassShape } from './scene.ts';
import { select } from './select.ts';
import { keepSum, sumEnd } from './sum-ends.ts';

/** A merge of one tensor, or of all tensors of a model at once, whose steps are recorded. */
export class RecordedMerge {
  private readonly method: MergeMethod;
  private readonly values: ParameterValues;
  private readonly order: readonly Operand[];
  private readonly layout: ParameterLayout;
  private readonly parts: readonly Part[];
  private readonly places: PartPlaces;
  private readonly executor = new RecordingExecutor(() => this.settle());
  private readonly operands: readonly RecordedBuffer[];
  private readonly ask: ModelAsk;
  private readonly kept = new KeptElements();

  constructor(
    method: MergeMethod,
    values: ParameterValues,
    order: readonly Operand[],
    tensors: readonly RangeTensor[],
    ask: ModelAsk,
  ) {
    this.method = method;
    this.values = values;
    this.order = order;
    this.ask = ask;
    this.layout = layoutOf(tensors.map((tensor) => [tensor]));
    this.parts = tensors.map((tensor, k) => ({
      ...tensor,
      offset: this.layout.entries[k]?.offset ?? 0,
    }));
    this.places = new PartPlaces(this.parts);
    this.operands = order.map((operand) =>
      this.executor.allocate(`operand ${operand}`, 'f32', this.layout.length),
    );
  }

  /** Applies the method. Gives the pass that writes a tensor, by its number. */
  async apply(): Promise<(tensor: number) => WritePass> {
    const { executor, values, order, operands, layout } = this;
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
    return (tensor) => {
      const part = this.parts[tensor];
      if (part === undefined) throw new AppError('internal', `There is no tensor ${tensor}.`);
      const { pass, result } = planPass(this.aim(part, new Map(), output));
      return { kind: 'write', ...pass, result };
    };
  }

  private aim(part: Part, ends: ReadonlyMap<number, End>, result: RecordedBuffer | null): PassAim {
    const { operands, places, kept } = this;
    return { steps: this.executor.steps, operands, part, places, ends, result, kept };
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
      const blocks = step?.kind === 'sums' ? step.bind.get('blocks') : undefined;
      if (step?.kind !== 'sums' || blocks === undefined) return [];
      return [{ step, index, blocks, name: `sum ${index}` }];
    });
    if (found.length === 0) return;
    const ends = new Map(found.map(({ step, index, name }) => [index, sumEnd(step, name)]));
    await this.run(
      () => ends,
      (part, sums, shape) => {
        for (const { step, name, blocks } of found) {
          keepSum(step, name, sums, shape, this.places.of(blocks, part));
        }
      },
    );
    for (const { step } of found) step.isDone = true;
  }

  private async findCuts(ready: readonly number[]): Promise<void> {
    const { steps } = this.executor;
    const found = ready.flatMap((index) => {
      const step = steps[index];
      return step?.kind === 'selection' ? [{ step, index }] : [];
    });
    const choices = found.flatMap(({ step, index }): Choice[] => {
      const segments = new Map<number, Part[]>();
      for (const part of this.parts.filter(({ elements }) => elements > 0)) {
        const { segment } = this.places.of(step.blocks, part);
        segments.set(segment, [...(segments.get(segment) ?? []), part]);
      }
      const name = `cut ${index}`;
      return [...segments].map(([segment, parts]) => ({ step, index, name, segment, parts }));
    });
    await select(choices, (endsOf, take) => this.run(endsOf, take));
    for (const { step } of found) step.isDone = true;
  }

  private async run(
    endsOf: (part: Part) => ReadonlyMap<number, End>,
    take: (part: Part, sums: RangeSums, shape: PassShape) => void,
  ): Promise<void> {
    const planned = new Map<number, PlannedPass>();
    await this.ask(
      (tensor) => {
        const part = this.parts[tensor];
        const ends = part === undefined || part.elements === 0 ? new Map() : endsOf(part);
        if (part === undefined || ends.size === 0) return null;
        const plan = planPass(this.aim(part, ends, null));
        planned.set(tensor, plan);
        return { kind: 'sum', ...plan.pass };
      },
      (tensor, sums) => {
        const [part, plan] = [this.parts[tensor], planned.get(tensor)];
        if (part === undefined || plan === undefined) return;
        planned.delete(tensor);
        take(part, sums, plan.shape);
        for (const [name, step] of plan.notes) {
          const bits = sums[name];
          if (bits !== undefined) this.kept.put(step, part, bits);
        }
      },
    );
  }
}

function isOpen(step: RecordedStep): boolean {
  return step.kind !== 'elements' && !step.isDone;
}
