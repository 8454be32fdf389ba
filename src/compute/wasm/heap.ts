import { AppError } from '../../core/errors.ts';

const PAGE = 65536;
/** Every block starts at a multiple of this, as WebGPU bindings do. */
const ALIGNMENT = 256;
/** The first page holds the module's constants. */
const FIRST_BLOCK = PAGE;
/** All that 32-bit addresses reach. */
export const MAXIMUM_HEAP_BYTES = 65536 * PAGE;
/** Growing detaches every view of unshared memory, so it happens in large steps of pages. */
const USUAL_GROWTH = 256;

interface Block {
  start: number;
  size: number;
}

/**
 * Blocks of a WebAssembly memory: first fit, neighbours joined when freed. Addresses are plain
 * numbers up to 4 GiB; the kernels' 32-bit parameters wrap them correctly.
 */
export class WasmHeap {
  readonly memory: WebAssembly.Memory;
  private readonly maximumBytes: number;
  private readonly growth: number;
  /** Free blocks by address; the end of the memory is not among them. */
  private readonly idle: Block[] = [];
  private readonly sizes = new Map<number, number>();
  private end = FIRST_BLOCK;

  /**
   * @param maximumBytes the memory's own maximum
   * @param growth pages that it grows by at least, for who keeps no views
   */
  constructor(
    memory: WebAssembly.Memory,
    maximumBytes = MAXIMUM_HEAP_BYTES,
    growth = USUAL_GROWTH,
  ) {
    this.memory = memory;
    this.growth = growth;
    this.maximumBytes = maximumBytes;
  }

  /**
   * A block, zeroed unless whoever asks writes it anyway: pages that nobody touches take no memory.
   * @errors gpu-out-of-memory
   */
  allocate(label: string, bytes: number, isZeroed = true): number {
    const size = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    const start = this.reuse(size) ?? this.extend(label, size);
    this.sizes.set(start, size);
    if (isZeroed) new Uint8Array(this.memory.buffer, start, size).fill(0);
    return start;
  }

  free(start: number): void {
    const size = this.sizes.get(start);
    if (size === undefined) throw new AppError('internal', `No block starts at ${start}.`);
    this.sizes.delete(start);
    const after = this.idle.findIndex((block) => block.start > start);
    const at = after === -1 ? this.idle.length : after;
    this.idle.splice(at, 0, { start, size });
    this.join(at);
    this.join(at - 1);
    const last = this.idle.at(-1);
    if (last !== undefined && last.start + last.size === this.end) {
      this.end = last.start;
      this.idle.pop();
    }
  }

  private reuse(size: number): number | null {
    const index = this.idle.findIndex((block) => block.size >= size);
    const block = this.idle[index];
    if (block === undefined) return null;
    const { start } = block;
    block.start += size;
    block.size -= size;
    if (block.size === 0) this.idle.splice(index, 1);
    return start;
  }

  private extend(label: string, size: number): number {
    const start = this.end;
    const missing = start + size - this.memory.buffer.byteLength;
    if (missing > 0) this.grow(label, Math.ceil(missing / PAGE));
    this.end = start + size;
    return start;
  }

  private grow(label: string, pages: number): void {
    const room = (this.maximumBytes - this.memory.buffer.byteLength) / PAGE;
    try {
      this.memory.grow(Math.max(pages, Math.min(this.growth, room)));
    } catch (cause) {
      throw new AppError(
        'gpu-out-of-memory',
        `No memory for "${label}": ${pages * PAGE} bytes more are needed, ` +
          `${this.memory.buffer.byteLength} of at most ${this.maximumBytes} are in use.`,
        { hint: 'Nothing was changed. Choose a smaller model or batch.', cause },
      );
    }
  }

  /** Joins the block at `index` with the one after it when they touch. */
  private join(index: number): void {
    const block = this.idle[index];
    const next = this.idle[index + 1];
    if (block === undefined || next === undefined) return;
    if (block.start + block.size !== next.start) return;
    block.size += next.size;
    this.idle.splice(index + 1, 1);
  }
}
