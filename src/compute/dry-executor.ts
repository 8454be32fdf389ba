import { AppError } from '../core/errors.ts';
import { ByteAccount, checkRange, checkUpdate } from './buffers.ts';
import type {
  AdapterProfile,
  BufferView,
  DeviceBuffer,
  DispatchTimes,
  Executor,
  HostArray,
  MemoryReport,
  Program,
  Step,
} from './executor.ts';
import type { ElementType } from './kernel.ts';
import { checkAllocation, checkStepLimits, formatBytes } from './limits.ts';

/**
 * Allocates and computes nothing, but counts bytes and keeps an adapter's limits as an executor
 * would: code that plans a run on it learns exactly what the run needs.
 */
export class DryExecutor implements Executor {
  readonly profile: AdapterProfile;
  private readonly account = new ByteAccount();
  private readonly byLabel = new Map<string, number>();
  private largest = 0;

  constructor(profile: AdapterProfile) {
    this.profile = profile;
  }

  /** Bytes of the largest buffer so far. */
  get largestBytes(): number {
    return this.largest;
  }

  /** Bytes in use under a label. */
  bytesOf(label: string): number {
    return this.byLabel.get(label) ?? 0;
  }

  allocate(label: string, type: ElementType, length: number): DeviceBuffer {
    const bytes = length * 4;
    checkAllocation(label, length, this.profile);
    this.checkTotal(label, bytes);
    this.account.add(bytes);
    this.byLabel.set(label, this.bytesOf(label) + bytes);
    this.largest = Math.max(this.largest, bytes);
    return { label, type, length, generation: 0 };
  }

  /** A GPU does not tell its memory; the memory of WebAssembly ends at a known address. */
  private checkTotal(label: string, bytes: number): void {
    const { kind, limits } = this.profile;
    const limit = kind === 'cpu' ? (limits['maxBufferSize'] ?? Infinity) : Infinity;
    const need = this.account.report().liveBytes + bytes;
    if (need <= limit) return;
    throw new AppError(
      'limit-exceeded',
      `With "${label}" ${formatBytes(need)} are needed; the CPU allows ${formatBytes(limit)}.`,
      { hint: 'Choose a smaller model or batch.', details: { label, need, limit } },
    );
  }

  free({ label, length }: DeviceBuffer): void {
    this.account.remove(length * 4);
    this.byLabel.set(label, this.bytesOf(label) - length * 4);
  }

  write(buffer: DeviceBuffer, data: HostArray, offset = 0): void {
    checkRange({ buffer, offset, length: data.length });
  }

  clear(): void {
    // There is nothing to fill.
  }

  copy(source: BufferView, target: BufferView): void {
    checkRange(source);
    checkRange({ ...target, length: source.length });
  }

  read(): Promise<HostArray> {
    return Promise.reject(nothingToRead());
  }

  readFloats(): Promise<Float32Array<ArrayBuffer>> {
    return Promise.reject(nothingToRead());
  }

  prepare(label: string, steps: readonly Step[]): Promise<Program> {
    for (const step of steps) checkStepLimits(step, this.profile.limits);
    const dispatches = steps.length;
    return Promise.resolve({ label, dispatches, steps, destroy: () => undefined });
  }

  update({ label, steps }: Program, next: readonly Step[]): void {
    checkUpdate(label, steps, next);
  }

  run(): void {
    // A plan is complete without being run.
  }

  timeDispatches(): Promise<DispatchTimes> {
    return Promise.reject(nothingToRead());
  }

  idle(): Promise<void> {
    return Promise.resolve();
  }

  memory(): MemoryReport {
    return this.account.report();
  }

  destroy(): void {
    // Nothing was allocated.
  }
}

function nothingToRead(): AppError {
  return new AppError('internal', 'A dry run computes nothing that could be read.');
}
