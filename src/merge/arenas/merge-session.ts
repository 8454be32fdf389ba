import { viewOf, type DeviceBuffer, type Executor } from '../../compute/executor.ts';
import { AppError } from '../../core/errors.ts';
import { entryOf, type ParameterLayout } from '../../core/layout.ts';
import { checkArena, checkFinite, clearPadding } from '../arena-checks.ts';
import {
  depthGroups,
  parametersAt,
  type DepthGradients,
  type DepthGroup,
} from './depth-gradients.ts';
import { checkMergeOperands, stopIfAborted, usesBase } from '../merge-checks.ts';
import type { MergeMethod, MergeStatistics } from '../method.ts';
import { resolveParameters } from '../parameters.ts';
import { ProgramSlot } from './program-slot.ts';
import { methodById } from '../registry/registry.ts';
import { rowSpans, type RowRange } from './restore-rows.ts';

/** A merge of operands that the session holds, by their keys. */
export interface SessionRequest {
  readonly method: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Values over depth; for methods that work tensor by tensor. */
  readonly gradients?: DepthGradients;
  readonly base: string | null;
  readonly models: readonly string[];
  readonly statistics?: MergeStatistics;
}

/** Programs of this many different merges are kept; operands all are. */
const MAX_SLOTS = 32;

/**
 * Merges the same arenas again and again: they lie on the device, programs and scratch memory are
 * used again, and where only weights, scales or steps change nothing but uniforms is written. The
 * result stays on the device until the next merge. What depends on the operands alone (Gram matrices,
 * the cuts of a density) is looked up once. One merge at a time. A result has the bits of
 * `mergeArenas`.
 */
export class MergeSession {
  readonly layout: ParameterLayout;
  private readonly executor: Executor;
  private readonly operands = new Map<string, DeviceBuffer>();
  /** Parts of operands by key and group: made on the device, when a gradient needs them. */
  private readonly parts = new Map<string, DeviceBuffer>();
  private readonly slots = new Map<string, ProgramSlot>();
  private readonly output: DeviceBuffer;
  private groups: readonly DepthGroup[] | null = null;
  private uploadCount = 0;

  constructor(executor: Executor, layout: ParameterLayout) {
    this.executor = executor;
    this.layout = layout;
    this.output = executor.allocate('merge result', 'f32', layout.length);
  }

  /** Arenas that were sent to the device so far. */
  get uploads(): number {
    return this.uploadCount;
  }

  /** The last result on the device. */
  get result(): DeviceBuffer {
    return this.output;
  }

  holds(key: string): boolean {
    return this.operands.has(key);
  }

  /**
   * Puts an arena on the device under a key; one that is there already is not sent again.
   * @errors layout-mismatch, non-finite
   */
  load(key: string, arena: Float32Array, name = key): void {
    if (this.operands.has(key)) return;
    checkArena(this.layout, arena, name);
    checkFinite(this.layout, arena, name);
    const buffer = this.executor.allocate(`merge operand ${name}`, 'f32', this.layout.length);
    this.operands.set(key, buffer);
    this.executor.write(buffer, arena);
    this.uploadCount += 1;
  }

  /** @errors invalid-argument for an operand that was not loaded */
  operand(key: string): DeviceBuffer {
    const buffer = this.operands.get(key);
    if (buffer !== undefined) return buffer;
    throw new AppError('invalid-argument', `The merge session holds no model "${key}".`);
  }

  /**
   * Queues a merge. @returns the arena on the device; the next merge overwrites it
   * @errors invalid-argument (method, parameters, operands, a gradient of a method that works on
   *   all tensors at once), aborted, and the executor's
   */
  async merge(request: SessionRequest, signal?: AbortSignal): Promise<DeviceBuffer> {
    const method = methodById(request.method);
    const base = usesBase(method) ? request.base : null;
    checkMergeOperands(method, request.models.length, base !== null, request.statistics);
    const gradients = request.gradients ?? {};
    if (Object.keys(gradients).length === 0) {
      const operands = {
        base: base === null ? null : this.operand(base),
        models: request.models.map((key) => this.operand(key)),
      };
      await this.apply(method, request, request.parameters, '', this.layout, operands, signal);
    } else {
      await this.mergeByDepth(method, { ...request, base }, gradients, signal);
    }
    return this.output;
  }

  /**
   * Puts rows of an operand into the last result, as `restoreRows` does on the host: the id rows
   * of the domain it is evaluated on. @errors invalid-argument, layout-mismatch
   */
  restoreRows(key: string, range: RowRange): void {
    const source = this.operand(key);
    for (const { offset, length } of rowSpans(this.layout, range)) {
      this.executor.copy(viewOf(source, offset, length), viewOf(this.output, offset, length));
    }
  }

  /** The last result. @errors non-finite, readback-failed */
  async read(): Promise<Float32Array<ArrayBuffer>> {
    const merged = await this.executor.readFloats(this.output);
    clearPadding(this.layout, merged);
    checkFinite(this.layout, merged, 'The merged model');
    return merged;
  }

  destroy(): void {
    for (const slot of this.slots.values()) slot.destroy();
    for (const buffer of [...this.operands.values(), ...this.parts.values()]) {
      this.executor.free(buffer);
    }
    this.executor.free(this.output);
    this.slots.clear();
    this.operands.clear();
    this.parts.clear();
  }

  /** Each group of tensors with the parameters of its depth, in compact arenas of their own. */
  private async mergeByDepth(
    method: MergeMethod,
    request: SessionRequest,
    gradients: DepthGradients,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (request.statistics !== undefined) {
      throw new AppError('invalid-argument', `${method.title} takes no values over depth here.`);
    }
    this.groups ??= depthGroups(this.layout);
    const count = request.models.length;
    const all = this.groups.map(({ depth }) => parametersAt(request.parameters, gradients, depth));
    for (const parameters of all) {
      const values = resolveParameters(method.parameters, parameters, count);
      if (method.isGlobal?.(values) !== true) continue;
      throw new AppError('invalid-argument', `${method.title} chooses over all tensors at once.`, {
        hint: 'Nothing was merged. Values over depth need a method that works tensor by tensor.',
      });
    }
    for (const [index, { layout }] of this.groups.entries()) {
      const operands = {
        base: request.base === null ? null : this.part(request.base, index, layout),
        models: request.models.map((key) => this.part(key, index, layout)),
      };
      const place = `layers ${index}`;
      const parameters = all[index] ?? {};
      const result = await this.apply(method, request, parameters, place, layout, operands, signal);
      for (const { name, offset, size } of layout.entries) {
        if (size === 0) continue;
        const target = viewOf(this.output, entryOf(this.layout, name).offset, size);
        this.executor.copy(viewOf(result, offset, size), target);
      }
    }
  }

  private part(key: string, group: number, layout: ParameterLayout): DeviceBuffer {
    const name = `${String(group)} ${key}`;
    const known = this.parts.get(name);
    if (known !== undefined) return known;
    const source = this.operand(key);
    const buffer = this.executor.allocate(`merge part ${name}`, 'f32', layout.length);
    this.parts.set(name, buffer);
    for (const { name: tensor, offset, size } of layout.entries) {
      if (size === 0) continue;
      const from = viewOf(source, entryOf(this.layout, tensor).offset, size);
      this.executor.copy(from, viewOf(buffer, offset, size));
    }
    return buffer;
  }

  private async apply(
    method: MergeMethod,
    request: SessionRequest,
    parameters: Readonly<Record<string, unknown>>,
    place: string,
    layout: ParameterLayout,
    operands: { readonly base: DeviceBuffer | null; readonly models: readonly DeviceBuffer[] },
    signal: AbortSignal | undefined,
  ): Promise<DeviceBuffer> {
    const values = resolveParameters(method.parameters, parameters, request.models.length);
    const slot = this.slot(JSON.stringify([method.id, request.base, request.models, place]));
    slot.begin();
    stopIfAborted(signal);
    let output = this.output;
    if (place === '') this.executor.clear(output);
    else output = slot.scratch('merge result of a depth', 'f32', layout.length);
    await method.apply({
      executor: this.executor,
      layout,
      values,
      ...operands,
      output,
      scratch: (label, type, length) => slot.scratch(`merge ${label}`, type, length),
      run: (steps, name) => {
        stopIfAborted(signal);
        return slot.run(steps, name);
      },
      remember: (key, make) => slot.remember(key, make),
      statistics: request.statistics ?? {},
      report: () => undefined,
    });
    return output;
  }

  /** The least recently used one makes room. */
  private slot(key: string): ProgramSlot {
    const slot = this.slots.get(key) ?? new ProgramSlot(this.executor, `merge ${key}`);
    this.slots.delete(key);
    this.slots.set(key, slot);
    const [oldest] = this.slots.keys();
    if (this.slots.size > MAX_SLOTS && oldest !== undefined) {
      this.slots.get(oldest)?.destroy();
      this.slots.delete(oldest);
    }
    return slot;
  }
}
