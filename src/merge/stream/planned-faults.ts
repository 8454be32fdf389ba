import type { Fault } from '../../core/errors.ts';

/** Faults of a plan, each once: every tensor and every place is listed. */
export class PlannedFaults {
  private readonly faults = new Map<string, Fault>();

  add(place: string, message: string): void {
    this.faults.set(`${place}\n${message}`, { place, message });
  }

  get isEmpty(): boolean {
    return this.faults.size === 0;
  }

  list(): Fault[] {
    return [...this.faults.values()];
  }
}
