import { differInFloatsOnly } from '../../compute/buffers.ts';
import type { DeviceBuffer, Executor, Program, Step } from '../../compute/executor.ts';
import type { ElementType } from '../../compute/kernel.ts';

/** Densities of a slider that was moved to and fro. */
const MAX_REMEMBERED = 64;

/**
 * Scratch memory and programs of one merge that is made again and again with other numbers: what
 * the n-th request asked for last time serves it again. Where only f32 uniforms changed, which is
 * where weights, scales and steps are, the compiled program is updated instead of made anew.
 */
export class ProgramSlot {
  private readonly executor: Executor;
  private readonly label: string;
  private readonly buffers: DeviceBuffer[] = [];
  private readonly programs = new Map<string, Program>();
  private readonly memory = new Map<string, unknown>();
  private nextBuffer = 0;
  private nextProgram = 0;

  constructor(executor: Executor, label: string) {
    this.executor = executor;
    this.label = label;
  }

  /** Before each merge. */
  begin(): void {
    this.nextBuffer = 0;
    this.nextProgram = 0;
  }

  /** Zeroed memory that belongs to the slot. */
  scratch(label: string, type: ElementType, length: number): DeviceBuffer {
    const at = this.nextBuffer++;
    const known = this.buffers[at];
    if (known?.type === type && known.length === length && known.label === label) {
      this.executor.clear(known);
      return known;
    }
    // Freed only now, and the programs that bind it are prepared again: their views differ.
    if (known !== undefined) this.executor.free(known);
    const buffer = this.executor.allocate(label, type, length);
    this.buffers[at] = buffer;
    return buffer;
  }

  /** @param name of a program that not every merge runs: the others keep their numbers */
  async run(steps: readonly Step[], name?: string): Promise<void> {
    const at = name ?? String(this.nextProgram++);
    const known = this.programs.get(at);
    if (known !== undefined && differInFloatsOnly(known.steps, steps)) {
      this.executor.update(known, steps);
      this.executor.run(known);
      return;
    }
    const program = await this.executor.prepare(this.label, steps);
    known?.destroy();
    this.programs.set(at, program);
    this.executor.run(program);
  }

  /** What `make` gave for this key before; of many keys the oldest are forgotten. */
  async remember<T>(key: string, make: () => Promise<T>): Promise<T> {
    if (this.memory.has(key)) return this.memory.get(key) as T;
    const made = await make();
    this.memory.set(key, made);
    const [oldest] = this.memory.keys();
    if (this.memory.size > MAX_REMEMBERED && oldest !== undefined) this.memory.delete(oldest);
    return made;
  }

  destroy(): void {
    for (const program of this.programs.values()) program.destroy();
    this.programs.clear();
    this.memory.clear();
    for (const buffer of this.buffers.splice(0)) this.executor.free(buffer);
  }
}
