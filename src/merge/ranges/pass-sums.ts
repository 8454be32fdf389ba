import type { RangePass, RangeSums, SumSpec, SumValues } from '../range-form.ts';
import type { PassResult } from './range-task.ts';

/**
 * Puts the sums of ranges together, whatever order these end in. What could depend on the order of
 * adding waits until all are there and is added section by section.
 */
export class PassSums {
  private readonly specs: readonly (readonly [string, SumSpec])[];
  private readonly totals = new Map<string, Float64Array<ArrayBuffer>>();
  /** By range: sums of its sections. */
  private readonly sections = new Map<string, SumValues[]>();

  constructor(pass: RangePass) {
    this.specs = Object.entries(pass.sums ?? {});
    for (const [name, { length, combine }] of this.specs) {
      if (combine !== 'list') this.totals.set(name, new Float64Array(length));
      this.sections.set(name, []);
    }
  }

  /** @param range its number among the ranges of the pass */
  add(range: number, sums: PassResult['sums']): void {
    for (const [name, spec] of this.specs) {
      const values = sums[name] ?? new Float64Array();
      if (isOfRange(spec)) this.put(name, spec, values);
      else (this.sections.get(name) ?? [])[range] = values;
    }
  }

  /** After the last range. */
  take(): RangeSums {
    return Object.fromEntries(
      this.specs.map(([name, spec]) => {
        const ranges = this.sections.get(name) ?? [];
        if (spec.per === 'section' || spec.combine === 'list')
          return [name, joined(spec.type, ranges)];
        for (const values of ranges) this.put(name, spec, values);
        return [name, this.totals.get(name) ?? new Float64Array()];
      }),
    );
  }

  /** Adds one record after the other. */
  private put(name: string, { length, combine }: SumSpec, values: SumValues): void {
    const totals = this.totals.get(name);
    if (totals === undefined) return;
    if (values.length === length && combine !== 'max') {
      addTo(totals, values);
      return;
    }
    for (let i = 0; i < values.length; i++) {
      const at = i % length;
      const total = totals[at] ?? 0;
      const value = values[i] ?? 0;
      totals[at] = combine === 'max' ? Math.max(total, value) : total + value;
    }
  }
}

/** Whole numbers of the tensor: a range has one record, and adding is exact in any order. */
function isOfRange({ type, per, combine }: SumSpec): boolean {
  return type === 'u32' && per === 'tensor' && combine !== 'list';
}

/** Tables of tens of thousands of counts, most of them 0, come with every range. */
function addTo(totals: Float64Array, values: SumValues): void {
  for (let i = 0; i < totals.length; i++) totals[i] = (totals[i] ?? 0) + (values[i] ?? 0);
}

/** Large ones are one bit an element: they are not copied where there is nothing to join. */
function joined(type: SumSpec['type'], parts: readonly SumValues[]): SumValues {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = type === 'u32' ? new Uint32Array(length) : new Float64Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
