import { RangeMemory } from './range-memory.ts';
import { RangePassRun } from './range-pass-run.ts';
import type { CopyTask, RangeTask } from './range-task.ts';

/** What a slot keeps of a tensor between its passes. */
interface Slot {
  readonly held: number | null;
  readonly loaded: Set<number>;
}

/** What runs the tasks of one thread. Views of its memory end with the next `begin` or `copyView`. */
export class RangeMachine {
  private readonly memory: RangeMemory;
  private readonly slots = new Map<number, Slot>();

  constructor(module: WebAssembly.Module) {
    this.memory = new RangeMemory(module);
  }

  get memoryBytes(): number {
    return this.memory.buffer.byteLength;
  }

  /**
   * Begins a pass over a range.
   * @param tile elements that are read, merged and written at a time
   */
  begin(task: RangeTask, tile: number): RangePassRun {
    const slot = this.slotOf(task);
    const wanted = task.pass.reads ?? task.inputs.map((_, k) => k);
    const reads = wanted.filter((k) => !slot.loaded.has(k));
    if (task.held !== null) for (const k of reads) slot.loaded.add(k);
    return new RangePassRun(this.memory, task, reads, tile);
  }

  /** Where bytes go that are only copied. */
  copyView({ slot }: CopyTask, bytes: number): Uint8Array<ArrayBuffer> {
    const start = this.memory.region(`output ${slot}`, bytes);
    return new Uint8Array(this.memory.buffer, start, bytes);
  }

  private slotOf({ slot, held }: RangeTask): Slot {
    const found = this.slots.get(slot);
    if (found !== undefined && found.held === held && held !== null) return found;
    const fresh: Slot = { held, loaded: new Set() };
    this.slots.set(slot, fresh);
    return fresh;
  }
}
