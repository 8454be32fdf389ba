import { AppError } from '../../core/errors.ts';
import { BufferScope } from '../../compute/buffer-scope.ts';
import type { BufferView, DeviceBuffer, Executor, Program, Step } from '../../compute/executor.ts';
import { viewOf } from '../../compute/executor.ts';
import { bindableElements, formatBytes } from '../../compute/limits.ts';
import type { Graph, Operand, Value } from './graph.ts';
import { lifetimesOf, packValues, type Lifetime } from './activation-packing.ts';

/** Gives values their memory. The workspace below reuses it; tests use one with guard zones. */
export interface ValueMemory {
  /** A range for each value; values whose lifetimes overlap must not share memory. */
  place(lifetimes: readonly Lifetime[]): ReadonlyMap<Value, BufferView>;
}

/**
 * Activation buffers shared by all plans of one owner: plans never run at the same time, so what
 * one plan needs another may reuse. Compile the largest plan first, then the others fit into its
 * buffers. Freed with the workspace.
 */
export class Workspace implements ValueMemory {
  private readonly executor: Executor;
  private readonly scope: BufferScope;
  private readonly slabs: DeviceBuffer[] = [];

  constructor(executor: Executor) {
    this.executor = executor;
    this.scope = new BufferScope(executor);
  }

  /** @errors limit-exceeded naming the value that no buffer can hold */
  place(lifetimes: readonly Lifetime[]): ReadonlyMap<Value, BufferView> {
    const maxLength = bindableElements(this.executor.profile);
    for (const { value } of lifetimes) {
      if (value.length > maxLength) throw tooLarge(value, maxLength * 4);
    }
    const { slabs, places } = packValues(lifetimes, this.slabs, maxLength);
    for (const { type, length } of slabs.slice(this.slabs.length)) {
      this.slabs.push(this.scope.allocate('activations', type, length));
    }
    return new Map(
      [...places].map(([value, { slab, offset }]) => {
        const buffer = this.slabs[slab];
        if (buffer === undefined) throw new AppError('internal', 'A slab was not allocated.');
        return [value, viewOf(buffer, offset, value.length)];
      }),
    );
  }

  destroy(): void {
    this.scope.destroy();
    this.slabs.length = 0;
  }
}

function tooLarge(value: Value, limit: number): AppError {
  const need = value.length * 4;
  return new AppError(
    'limit-exceeded',
    `"${value.label}" needs ${formatBytes(need)} in one buffer; the adapter allows ${formatBytes(limit)}.`,
    {
      hint: 'Choose fewer tokens a batch, a smaller vocabulary or width. Nothing was started.',
      details: { label: value.label, need, limit },
    },
  );
}

export interface Plan {
  readonly program: Program;
  /** Memory of a kept value. */
  viewOf(value: Value): BufferView;
}

/** A graph cut into programs that run one after the other on the same values. */
export interface StagedPlan {
  readonly programs: readonly Program[];
  /** Memory of a kept value. */
  viewOf(value: Value): BufferView;
  destroy(): void;
}

/**
 * Turns a graph into a program: each value holds memory from its first to its last step, so that
 * memory is reused by liveness. Kept values hold it to the end.
 */
export async function compilePlan(
  label: string,
  graph: Graph,
  executor: Executor,
  memory: ValueMemory,
): Promise<Plan> {
  const plan = await compileStages(label, graph, executor, memory, []);
  const [program] = plan.programs;
  if (program === undefined) throw new AppError('internal', `Plan "${label}" has no program.`);
  return { program, viewOf: (value) => plan.viewOf(value) };
}

/**
 * As `compilePlan` in several programs, so that the host may look at results in between and leave
 * the rest undone. Values live across the programs: no other plan of the same memory may run
 * between the first and the last one.
 * @param cuts rising step counts at which the next program begins
 */
export async function compileStages(
  label: string,
  graph: Graph,
  executor: Executor,
  memory: ValueMemory,
  cuts: readonly number[],
): Promise<StagedPlan> {
  const views = memory.place(lifetimesOf(graph.steps, graph.kept));
  const steps = graph.steps.map(({ kernel, bind, uniforms, constants }): Step => {
    const bound: Record<string, BufferView> = {};
    for (const [name, operand] of Object.entries(bind)) {
      bound[name] = viewFor(operand, views);
    }
    return { kernel, bind: bound, uniforms, constants };
  });
  const programs: Program[] = [];
  try {
    const starts = [0, ...cuts];
    for (const [index, start] of starts.entries()) {
      const part = steps.slice(start, starts[index + 1]);
      programs.push(await executor.prepare(label, part));
    }
  } catch (error) {
    for (const program of programs) program.destroy();
    throw error;
  }
  return {
    programs,
    viewOf(value) {
      const view = views.get(value);
      if (view === undefined || !graph.kept.has(value)) {
        throw new AppError('internal', `Value "${value.label}" is not kept by plan "${label}".`);
      }
      return view;
    },
    destroy() {
      for (const program of programs) program.destroy();
    },
  };
}

function viewFor(operand: Operand, views: ReadonlyMap<Value, BufferView>): BufferView {
  if (!('kind' in operand)) return operand;
  if (operand.kind === 'slice') {
    const whole = viewFor(operand.value, views);
    return { ...whole, offset: whole.offset + operand.offset, length: operand.length };
  }
  const view = views.get(operand);
  if (view === undefined) throw new AppError('internal', `"${operand.label}" has no memory.`);
  return view;
}
