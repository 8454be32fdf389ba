import type { BindingRole } from './ranged-kernels.ts';
import type { ElementStep, RecordedBuffer } from './recording.ts';

/** Numbers of the blocks of a pass. */
export class Registers {
  count: number;
  private readonly numbers = new Map<RecordedBuffer, number>();
  private readonly widths = new Map<RecordedBuffer, number>();
  private readonly used = new Set<RecordedBuffer>();

  constructor(operands: readonly RecordedBuffer[]) {
    operands.forEach((buffer, k) => this.numbers.set(buffer, k));
    this.count = operands.length;
  }

  of(buffer: RecordedBuffer): number {
    this.used.add(buffer);
    const found = this.numbers.get(buffer);
    if (found !== undefined) return found;
    const number = this.count;
    this.numbers.set(buffer, number);
    this.count += this.widthOf(buffer);
    return number;
  }

  /** Numbers an element. */
  widthOf(buffer: RecordedBuffer): number {
    return this.widths.get(buffer) ?? 1;
  }

  isUsed(buffer: RecordedBuffer): boolean {
    return this.used.has(buffer);
  }

  /** Four numbers an element take four blocks, which follow each other. */
  widen(step: ElementStep): void {
    for (const [name, role] of Object.entries(step.kernel.bindings)) {
      const buffer = step.bind.get(name);
      if (isOfParts(role) && buffer !== undefined) this.widths.set(buffer, 4);
    }
  }
}

export function isOfParts(role: BindingRole | undefined): boolean {
  return role === 'parts' || role === 'placedParts';
}
