import type { ReadableType } from '../../io/safetensors-decode.ts';
import type { SumPass, WritePass } from '../range-form.ts';
import type { RowMap } from '../row-map.ts';

/** Bytes of a file, which a session names by a number. */
export interface RangePlace {
  readonly file: number;
  readonly position: number;
}

/** A range of one operand. */
export interface RangeInput extends RangePlace {
  readonly dtype: ReadableType;
}

/** A range of a matrix whose rows lie in several places, decoded when they are gathered. */
export interface GatheredInput {
  readonly dtype: 'F32';
  readonly gathered: {
    readonly width: number;
    /** The row that the map's first one is; `padding` stands behind its last. */
    readonly firstRow: number;
    readonly map: RowMap;
    /** Where tables begin. */
    readonly tables: readonly RangeInput[];
    readonly padding: Float32Array<ArrayBuffer> | null;
  };
}

/** One pass over one range. It survives structured cloning: threads take it as a message. */
export interface RangeTask {
  readonly kind: 'pass';
  /** Which of a lane's regions of memory is used. */
  readonly slot: number;
  /** Number of the tensor whose bytes stay in the slot for its next pass; null: they are read anew. */
  readonly held: number | null;
  /** Of all operands of the form; passes name them by place. */
  readonly inputs: readonly (RangeInput | GatheredInput)[];
  readonly pass: SumPass | WritePass;
  /** Operands whose values that are not finite are to be counted; they are among those read. */
  readonly counted: readonly number[];
  /** First element of the range in its tensor, a multiple of the section. */
  readonly first: number;
  readonly elements: number;
  /** Only of passes that write. */
  readonly output: (RangePlace & { readonly dtype: ReadableType }) | null;
}

/** Bytes that are taken over as they are. */
export interface CopyTask {
  readonly kind: 'copy';
  readonly slot: number;
  readonly input: RangePlace;
  readonly output: RangePlace;
  readonly bytes: number;
}

/** What a pass left. */
export interface PassResult {
  /** Values that are not finite, one number an operand of the form. */
  readonly nonFinite: readonly number[];
  /** Values of the result that are not finite: as f32, and in the type that is written. */
  readonly outside: { readonly before: number; readonly after: number };
  /**
   * u32 sums of the tensor: those of this range. All others: those of each section, one after the
   * other. Empty after a pass that writes.
   */
  readonly sums: Readonly<Record<string, Float64Array | Uint32Array>>;
}

/** What a task did. */
export interface RangeDone extends PassResult {
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** Bytes of an element. */
export function widthOf(dtype: ReadableType): number {
  return dtype === 'F32' ? 4 : 2;
}
