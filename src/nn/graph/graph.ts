import { AppError } from '../../core/errors.ts';
import type { BufferView } from '../../compute/executor.ts';
import type { ElementType, Kernel, Uniforms } from '../../compute/kernel.ts';

/** A buffer that does not exist yet: the plan gives it memory for the steps that use it. */
export interface Value {
  readonly kind: 'value';
  readonly id: number;
  readonly label: string;
  readonly type: ElementType;
  readonly length: number;
}

/** A part of a value, for ops that work through it in pieces. */
export interface ValueSlice {
  readonly kind: 'slice';
  readonly value: Value;
  /** Elements, a multiple of 64: WebGPU binds buffers at multiples of 256 bytes only. */
  readonly offset: number;
  readonly length: number;
}

/** What a step binds: a planned value or a part of it, or a range of a buffer that stays. */
export type Operand = Value | ValueSlice | BufferView;

/** The planned value behind an operand; null for buffers that outlive the program. */
export function valueOf(operand: Operand): Value | null {
  if (!('kind' in operand)) return null;
  return operand.kind === 'value' ? operand : operand.value;
}

/** Elements [offset, offset + length) of an operand. */
export function slice(operand: Operand, offset: number, length: number): Operand {
  if (offset === 0 && length === operand.length) return operand;
  if (!('kind' in operand)) return { ...operand, offset: operand.offset + offset, length };
  if (operand.kind === 'value') return { kind: 'slice', value: operand, offset, length };
  return { ...operand, offset: operand.offset + offset, length };
}

export interface GraphStep {
  readonly kernel: Kernel;
  readonly bind: Readonly<Record<string, Operand>>;
  readonly uniforms: Uniforms;
  readonly constants: Readonly<Record<string, number>>;
}

/** A parameter tensor (or fused group) with the place of its gradient; null when frozen. */
export interface Parameter {
  readonly weight: BufferView;
  readonly gradient: BufferView | null;
}

/** Rows [first, first + rows) of a table, in a binding of their own. */
export interface TableRange extends Parameter {
  readonly first: number;
  readonly rows: number;
}

/** A parameter of rows: whole, or cut into ranges that cover it in order. */
export type Table = Parameter | readonly TableRange[];

/** The ranges of a table of so many rows; one where it is whole. */
export function rangesOf(table: Table, rows: number): readonly TableRange[] {
  return 'weight' in table ? [{ ...table, first: 0, rows }] : table;
}

/** Where a backward rule puts an activation gradient, and whether something is there already. */
export interface GradientTarget {
  readonly target: Value;
  /** 1: add to what is there. 0: overwrite. Passed to kernels as is. */
  readonly accumulate: 0 | 1;
}

/**
 * Records the dispatches of a model. Ops emit their forward steps at once and leave a rule that
 * emits the backward steps. Said once for all ops: parameter gradients accumulate, activation
 * gradients overwrite (the first time) and accumulate (when a value has several consumers).
 */
export class Graph {
  steps: GraphStep[] = [];
  /** Values that stay readable after the program ran. */
  readonly kept = new Set<Value>();
  private readonly rules: (() => void)[] = [];
  private readonly gradients = new Map<Value, Value>();
  private nextId = 0;

  value(label: string, length: number, type: ElementType = 'f32'): Value {
    return { kind: 'value', id: this.nextId++, label, type, length };
  }

  emit(
    kernel: Kernel,
    bind: Readonly<Record<string, Operand>>,
    uniforms: Uniforms = {},
    constants: Readonly<Record<string, number>> = {},
  ): void {
    this.steps.push({ kernel, bind, uniforms, constants });
  }

  /** Registers the backward rule of an op; rules run in reverse order of registration. */
  onBackward(rule: () => void): void {
    this.rules.push(rule);
  }

  keep(value: Value): Value {
    this.kept.add(value);
    return value;
  }

  /** The gradient flowing into an op's output; null when nothing depends on it. */
  gradientOf(value: Value): Value | null {
    return this.gradients.get(value) ?? null;
  }

  /** Where to put the gradient of an op's input. */
  gradientTarget(value: Value): GradientTarget {
    const existing = this.gradients.get(value);
    if (existing !== undefined) return { target: existing, accumulate: 1 };
    const target = this.value(`d ${value.label}`, value.length);
    this.gradients.set(value, target);
    return { target, accumulate: 0 };
  }

  /**
   * Gives `value` the same gradient buffer as the output it was added into: a residual connection
   * passes its gradient on unchanged, so no copy is made. Only valid as the first gradient.
   */
  shareGradient(value: Value, gradient: Value): void {
    if (this.gradients.has(value)) {
      throw new AppError('internal', `"${value.label}" already has a gradient.`);
    }
    this.gradients.set(value, gradient);
  }

  /** Seeds the gradient of a value (the loss writes it, or a test). */
  seedGradient(value: Value, gradient: Value): void {
    this.gradients.set(value, gradient);
  }

  /**
   * Runs `body` (a block) forward, and once more when the backward pass needs what it computed, so
   * that only its input and its result live in between. The kernels are the same: so are the bits.
   */
  recomputed(body: () => Value): Value {
    const before = this.rules.length;
    const out = body();
    this.rules.length = before;
    this.onBackward(() => {
      const gradient = this.gradientOf(out);
      if (gradient === null) return;
      const again = this.rules.length;
      this.seedGradient(body(), gradient);
      for (const rule of this.rules.splice(again).toReversed()) rule();
    });
    return out;
  }

  /** Emits all backward steps. */
  backward(): void {
    for (const rule of this.rules.toReversed()) rule();
    this.rules.length = 0;
  }

  /**
   * Drops steps whose results nobody uses: gradients that would only flow into frozen parameters,
   * the end of a block that is computed again.
   */
  prune(): void {
    const used = new Set<Value | null>([null, ...this.kept]);
    const live = this.steps.toReversed().filter(({ kernel, bind }) => {
      const written = kernel.bindings.filter(({ access }) => access === 'read_write');
      const isUsed = written.some(({ name }) => {
        const operand = bind[name];
        // What is written outside of the planned values stays, so it counts as used.
        return operand !== undefined && used.has(valueOf(operand));
      });
      if (!isUsed) return false;
      for (const operand of Object.values(bind)) used.add(valueOf(operand));
      return true;
    });
    this.steps = live.reverse();
  }
}
