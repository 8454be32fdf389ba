import { AppError } from '../core/errors.ts';
import type { BufferView, DeviceBuffer, MemoryReport, Step } from './executor.ts';
import type { Kernel } from './kernel.ts';

/** Counts what is handed out, so that leaks are visible and a run can return to its baseline. */
export class ByteAccount {
  private liveBytes = 0;
  private peakBytes = 0;
  private liveBuffers = 0;

  add(bytes: number): void {
    this.liveBytes += bytes;
    this.liveBuffers += 1;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
  }

  remove(bytes: number): void {
    this.liveBytes -= bytes;
    this.liveBuffers -= 1;
  }

  report(): MemoryReport {
    return {
      liveBytes: this.liveBytes,
      peakBytes: this.peakBytes,
      liveBuffers: this.liveBuffers,
    };
  }
}

export function toView(target: BufferView | DeviceBuffer): BufferView {
  return 'buffer' in target ? target : { buffer: target, offset: 0, length: target.length };
}

export function checkRange(view: BufferView): BufferView {
  const { buffer, offset, length } = view;
  if (offset < 0 || length <= 0 || offset + length > buffer.length) {
    throw new AppError(
      'invalid-argument',
      `Range ${offset}…${offset + length} lies outside buffer "${buffer.label}" of ${buffer.length} elements.`,
    );
  }
  return view;
}

/** The step's views in binding order, checked against the kernel's declaration. */
export function resolveBindings(step: Step): BufferView[] {
  const { kernel, bind } = step;
  const names = Object.keys(bind);
  const unknown = names.find((name) => !kernel.bindings.some((def) => def.name === name));
  if (unknown !== undefined) throw bindingError(kernel, unknown, 'is not declared');
  return kernel.bindings.map((def) => {
    const target = bind[def.name];
    if (target === undefined) throw bindingError(kernel, def.name, 'is missing');
    const view = checkRange(toView(target));
    if (view.buffer.type !== def.type) {
      throw bindingError(kernel, def.name, `is ${view.buffer.type}, needs ${def.type}`);
    }
    if (view.offset % 64 !== 0) {
      throw bindingError(
        kernel,
        def.name,
        `starts at element ${view.offset}, not a multiple of 64`,
      );
    }
    return view;
  });
}

/** Operations and bytes of a step; without a count of its own, every bound byte once. */
export function workOf(step: Step): { readonly flops: number; readonly bytes: number } {
  const work = step.kernel.work?.({ ...step.constants, ...step.uniforms });
  const bound = resolveBindings(step).reduce((sum, view) => sum + 4 * view.length, 0);
  return { flops: work?.flops ?? 0, bytes: work?.bytes ?? bound };
}

/** The step's uniform values in declaration order. */
export function resolveUniforms(step: Step): number[] {
  return step.kernel.uniforms.map(({ name }) => {
    const value = step.uniforms?.[name];
    if (value === undefined || !Number.isFinite(value)) {
      throw bindingError(step.kernel, name, 'is missing or not a finite number');
    }
    return value;
  });
}

/**
 * Whether steps differ in nothing but numbers that no size depends on: the values of f32 uniforms.
 * A program of the one set of steps can then be updated to the other.
 */
export function differInFloatsOnly(before: readonly Step[], after: readonly Step[]): boolean {
  return before.length === after.length && before.every((step, i) => isAlike(step, after[i]));
}

/** @errors invalid-argument when a program of `before` cannot be updated to `after` */
export function checkUpdate(label: string, before: readonly Step[], after: readonly Step[]): void {
  if (differInFloatsOnly(before, after)) return;
  throw new AppError('invalid-argument', `Program "${label}" cannot be updated to other steps.`, {
    hint: 'Only values of f32 uniforms may change; prepare a new program.',
  });
}

function isAlike(a: Step, b: Step | undefined): boolean {
  if (a.kernel !== b?.kernel) return false;
  const sameViews = a.kernel.bindings.every(({ name }) => {
    const [one, other] = [a.bind[name], b.bind[name]];
    if (one === undefined || other === undefined) return false;
    const [from, to] = [toView(one), toView(other)];
    return from.buffer === to.buffer && from.offset === to.offset && from.length === to.length;
  });
  const constants = a.kernel.constants ?? [];
  const sizes = a.kernel.uniforms.filter(({ type }) => type !== 'f32');
  return (
    sameViews &&
    constants.every((name) => a.constants?.[name] === b.constants?.[name]) &&
    sizes.every(({ name }) => a.uniforms?.[name] === b.uniforms?.[name])
  );
}

function bindingError(kernel: Kernel, name: string, problem: string): AppError {
  return new AppError('invalid-argument', `Kernel "${kernel.name}": "${name}" ${problem}.`);
}
