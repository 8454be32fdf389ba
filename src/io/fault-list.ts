import { AppError } from '../core/errors.ts';
import type { ErrorCode, Fault } from '../core/errors.ts';

/** Faults kept for display; the rest are only counted. */
export const LISTED_FAULTS = 20;

/** Collects the faults of a file: counts all of them, keeps the first LISTED_FAULTS. */
export class FaultList {
  private readonly kept: Fault[] = [];
  private count = 0;
  private spanning = 0;

  add(place: string, message: string): void {
    this.addLines(place, message, 1);
  }

  /** A fault that takes several lines counts as all of them: rows may be hidden in it. */
  addLines(place: string, message: string, lines: number): void {
    this.count += lines;
    if (lines > 1) this.spanning += lines;
    if (this.kept.length < LISTED_FAULTS) this.kept.push({ place, message });
  }

  get total(): number {
    return this.count;
  }

  /** Lines of faults that take more than one. */
  get spanningLines(): number {
    return this.spanning;
  }

  get listed(): readonly Fault[] {
    return this.kept;
  }

  /** One error that carries the listed faults. */
  toError(code: ErrorCode, message: string, hint: string): AppError {
    const rest = this.count - this.kept.length;
    const more = rest > 0 ? ` The first ${String(LISTED_FAULTS)} are listed.` : '';
    return new AppError(code, message + more, {
      hint,
      faults: this.listed,
      details: { faultCount: this.count },
    });
  }
}
