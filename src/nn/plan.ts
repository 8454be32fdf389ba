import { AppError } from '../core/errors.ts';
import type { BufferView, DeviceBuffer, Executor, Program, Step } from '../compute/executor.ts';
import { viewOf } from '../compute/executor.ts';
import { valueOf, type Graph, type GraphStep, type Operand, type Value } from './graph.ts';

/** Gives values their memory. The workspace below reuses it; tests use one with guard zones. */
export interface ValueMemory {
  acquire(value: Value): BufferView;
  release(value: Value, view: BufferView): void;
}

/**
 * Activation buffers shared by all plans of one owner: plans never run at the same time, so what
 * one step needs another may reuse. Best fit by size; buffers are freed with the workspace.
 */
export class Workspace implements ValueMemory {
  private readonly executor: Executor;
  private readonly owned: DeviceBuffer[] = [];
  private idle: DeviceBuffer[] = [];

  constructor(executor: Executor) {
    this.executor = executor;
  }

  /** Before planning another program: everything may be used again. */
  reset(): void {
    this.idle = [...this.owned];
  }

  acquire(value: Value): BufferView {
    const fitting = this.idle
      .filter((buffer) => buffer.type === value.type && buffer.length >= value.length)
      .sort((a, b) => a.length - b.length)[0];
    if (fitting !== undefined && fitting.length <= 2 * value.length) {
      this.idle = this.idle.filter((buffer) => buffer !== fitting);
      return viewOf(fitting, 0, value.length);
    }
    const buffer = this.executor.allocate(value.label, value.type, value.length);
    this.owned.push(buffer);
    return viewOf(buffer);
  }

  release(_value: Value, view: BufferView): void {
    this.idle.push(view.buffer);
  }

  destroy(): void {
    for (const buffer of this.owned) this.executor.free(buffer);
    this.owned.length = 0;
    this.idle = [];
  }
}

export interface Plan {
  readonly program: Program;
  /** Memory of a kept value. */
  viewOf(value: Value): BufferView;
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
  const lastUse = lastUses(graph.steps);
  const views = new Map<Value, BufferView>();
  const steps = graph.steps.map((step, index): Step => {
    const bind: Record<string, BufferView> = {};
    for (const [name, operand] of Object.entries(step.bind)) {
      bind[name] = viewFor(operand, views, memory);
    }
    for (const value of new Set(Object.values(step.bind).map(valueOf))) {
      if (value === null || lastUse.get(value) !== index || graph.kept.has(value)) continue;
      const view = views.get(value);
      if (view !== undefined) memory.release(value, view);
    }
    return { kernel: step.kernel, bind, uniforms: step.uniforms, constants: step.constants };
  });
  const program = await executor.prepare(label, steps);
  return {
    program,
    viewOf(value) {
      const view = views.get(value);
      if (view === undefined || !graph.kept.has(value)) {
        throw new AppError('internal', `Value "${value.label}" is not kept by plan "${label}".`);
      }
      return view;
    },
  };
}

function viewFor(operand: Operand, views: Map<Value, BufferView>, memory: ValueMemory): BufferView {
  if (!('kind' in operand)) return operand;
  if (operand.kind === 'slice') {
    const whole = viewFor(operand.value, views, memory);
    return { ...whole, offset: whole.offset + operand.offset, length: operand.length };
  }
  let view = views.get(operand);
  if (view === undefined) {
    view = memory.acquire(operand);
    views.set(operand, view);
  }
  return view;
}

function lastUses(steps: readonly GraphStep[]): Map<Value, number> {
  const last = new Map<Value, number>();
  steps.forEach((step, index) => {
    for (const value of Object.values(step.bind).map(valueOf)) {
      if (value !== null) last.set(value, index);
    }
  });
  return last;
}
