import { AppError } from '../../core/errors.ts';
import type { RangeTensor } from '../range-form.ts';
import type { RecordedBuffer } from './recording.ts';

/** A tensor of what is recorded. */
export interface Part extends RangeTensor {
  /** Its first element in the arena. */
  readonly offset: number;
}

/** Where a part lies in a block table. */
export interface PartPlace {
  readonly segment: number;
  readonly firstBlock: number;
}

/** Looks parts up in block tables, each of which is read once. */
export class PartPlaces {
  private readonly offsets: ReadonlySet<number>;
  private readonly tables = new Map<RecordedBuffer, ReadonlyMap<number, PartPlace>>();

  constructor(parts: readonly Part[]) {
    this.offsets = new Set(parts.map(({ offset }) => offset));
  }

  /** @errors internal when no block of the table begins with the part */
  of(blocks: RecordedBuffer, { offset, name }: Part): PartPlace {
    const places = this.tables.get(blocks) ?? this.read(blocks);
    this.tables.set(blocks, places);
    const place = places.get(offset);
    if (place !== undefined) return place;
    throw new AppError('internal', `"${name}" is in no block of "${blocks.label}".`);
  }

  private read({ table }: RecordedBuffer): ReadonlyMap<number, PartPlace> {
    const places = new Map<number, PartPlace>();
    for (let at = 0; at < table.length; at += 3) {
      const start = table[at] ?? 0;
      const isEmpty = (table[at + 1] ?? 0) <= start;
      if (isEmpty || !this.offsets.has(start)) continue;
      places.set(start, { segment: table[at + 2] ?? 0, firstBlock: at / 3 });
    }
    return places;
  }
}
