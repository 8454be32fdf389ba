import { MAXIMUM_HEAP_BYTES, WasmHeap } from '../../compute/wasm/heap.ts';
import { AppError } from '../../core/errors.ts';

export type WasmFunction = (...parameters: readonly number[]) => number;

/** Regions grow in such steps: tensors of about one size do not move them. */
const REGION_STEP = 65536;

/** Views are made anew for every use: memory may grow by what is needed, a megabyte at a time. */
const GROWTH_PAGES = 16;

/** A block of memory that only grows. */
interface Region {
  readonly start: number;
  readonly bytes: number;
}

/** The memory of one thread in regions with names, and the functions of `wasm/` on it. */
export class RangeMemory {
  private readonly heap: WasmHeap;
  private readonly exports: WebAssembly.Exports;
  private readonly regions = new Map<string, Region>();

  constructor(module: WebAssembly.Module) {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: MAXIMUM_HEAP_BYTES / 65536 });
    this.heap = new WasmHeap(memory, MAXIMUM_HEAP_BYTES, GROWTH_PAGES);
    this.exports = new WebAssembly.Instance(module, { env: { memory: this.heap.memory } }).exports;
    const bytes = this.functionOf('scratchBytes')();
    this.functionOf('setScratch')(this.heap.allocate('scratch', bytes), bytes);
  }

  /** Another one after a region has grown: views end then. */
  get buffer(): ArrayBuffer {
    return this.heap.memory.buffer;
  }

  /** Start of a region of at least so many bytes, which hold anything, also after it has grown. */
  region(name: string, bytes: number): number {
    const found = this.regions.get(name);
    if (found !== undefined && found.bytes >= bytes) return found.start;
    if (found !== undefined) this.heap.free(found.start);
    this.regions.delete(name);
    const room = Math.ceil(Math.max(bytes, 1) / REGION_STEP) * REGION_STEP;
    const start = this.heap.allocate(name, room, false);
    this.regions.set(name, { start, bytes: room });
    return start;
  }

  /** @errors internal when `wasm/` has no such function */
  functionOf(name: string): WasmFunction {
    const found = this.exports[name];
    if (typeof found === 'function') return found as WasmFunction;
    throw new AppError('internal', `The WebAssembly module lacks "${name}".`);
  }
}
