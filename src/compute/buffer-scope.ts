import type { DeviceBuffer, Executor } from './executor.ts';
import type { ElementType } from './kernel.ts';

/** Buffers that are freed together. */
export class BufferScope {
  readonly executor: Executor;
  private readonly owned: DeviceBuffer[] = [];

  constructor(executor: Executor) {
    this.executor = executor;
  }

  /** Runs `build` with a new scope; when it throws, what it allocated is freed. */
  static build<T>(executor: Executor, build: (scope: BufferScope) => T): T {
    const scope = new BufferScope(executor);
    try {
      return build(scope);
    } catch (error) {
      scope.destroy();
      throw error;
    }
  }

  allocate(label: string, type: ElementType, length: number): DeviceBuffer {
    const buffer = this.executor.allocate(label, type, length);
    this.owned.push(buffer);
    return buffer;
  }

  floats(label: string, length: number): DeviceBuffer {
    return this.allocate(label, 'f32', length);
  }

  destroy(): void {
    for (const buffer of this.owned.splice(0)) this.executor.free(buffer);
  }
}
