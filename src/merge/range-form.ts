import type { Operand } from './linear-form.ts';

/**
 * A merge of one tensor that never needs the tensor as a whole: any number of passes that read it in
 * ranges and leave small sums, then one that writes the result. The passes are data: threads that
 * know no method run them (`ranges/README.md`).
 */
export interface RangeForm {
  /** In the order of their blocks: block k of a pass holds operand k. */
  readonly operands: readonly Operand[];
  /** Yields passes and is given their sums; what it returns writes the result. */
  readonly passes: (tensor: RangeTensor) => RangePasses;
}

/**
 * Runs one pass over each of these tensors, by their numbers; those without one are left alone.
 * What a pass leaves is taken as soon as it is over.
 */
export type ModelAsk = (
  passOf: (tensor: number) => SumPass | null,
  take: (tensor: number, sums: RangeSums) => void,
) => Promise<void>;

/** A merge whose tensors depend on each other: passes over all of them, then one that writes each. */
export interface ModelRangeForm {
  readonly operands: readonly Operand[];
  readonly passes: (
    tensors: readonly RangeTensor[],
    ask: ModelAsk,
  ) => Promise<(tensor: number) => WritePass>;
}

/** Passes that look, then the one that writes; null: nothing is written now. */
export type RangePasses =
  | Generator<SumPass, WritePass | null, RangeSums>
  | AsyncGenerator<SumPass, WritePass | null, RangeSums>;

/** What a form may know of a tensor before it is read. */
export interface RangeTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elements: number;
  /** What lists may take together in one lane. It changes speed and memory, never a result. */
  readonly listBytes?: number | undefined;
}

/**
 * Sums of a pass by their names. Of `per: 'tensor'` there are `length` numbers, of
 * `per: 'section'` as many for every section, sections one after the other;
 * whole numbers of sections stay u32, the others are float64.
 */
export type RangeSums = Readonly<Record<string, SumValues>>;
export type SumValues = Float64Array | Uint32Array;

export interface SumSpec {
  /** `u32` counts (wraps at 2³² within a range only), `f64` sums in the order of the sections. */
  readonly type: 'u32' | 'f64';
  readonly length: number;
  readonly per: 'tensor' | 'section';
  /**
   * How sections and ranges are put together where the sum is of the tensor. Default `add`. A `list`
   * (u32) has in its first word how many words follow, of which `length` - 1 have room and are
   * given; lists of ranges follow each other in order.
   */
  readonly combine?: 'add' | 'max' | 'list';
}

/** A table that steps are given: the same for every range, or one record a section. */
export interface PassTable {
  readonly values: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
  /** Numbers of one section's record; absent where all sections share the table. */
  readonly perSection?: number;
}

export interface RangePass {
  /** Operands that it looks at, as places in `RangeForm.operands`. Default: all. */
  readonly reads?: readonly number[];
  /**
   * Elements of a section, counted from the tensor's first. Blocks never cross a section, ranges
   * hold whole ones, so results do not depend on how a tensor is cut. Default `SECTION_ELEMENTS`.
   */
  readonly section?: number;
  /** True where a block is a whole section (rows that are sorted); else at most `BLOCK_ELEMENTS`. */
  readonly wholeSections?: boolean;
  /** Numbers of the sections that matter: steps may be left out in all others. Default: all. */
  readonly only?: ReadonlySet<number>;
  /**
   * Looks at every so manieth block of the tensor only, for a guess that later passes test: what is
   * not finite is left to them. Only of passes that sum.
   */
  readonly sample?: number;
  /** f32 blocks beside those of the operands, numbered after them. Not cleared. */
  readonly scratch?: number;
  /** Zero where they begin: with every section, or, of the tensor, with every range. */
  readonly sums?: Readonly<Record<string, SumSpec>>;
  readonly tables?: Readonly<Record<string, PassTable>>;
  /** Run for every block, in order. */
  readonly steps: readonly BlockStep[];
  /**
   * Run instead of `steps` where all operands that are read are bfloat16 and were looked at before for
   * what is not finite: they take bytes as they are, and no operand is decoded.
   */
  readonly bf16Steps?: readonly BlockStep[];
  /** Run once a range, behind its last block; it stands for all of the range there. */
  readonly after?: readonly BlockStep[];
}

/** A pass that only leaves sums. */
export interface SumPass extends RangePass {
  readonly kind: 'sum';
}

/** The last pass. Its sums are the steps' own notes and are thrown away. */
export interface WritePass extends RangePass {
  readonly kind: 'write';
  /** Block that holds the result. */
  readonly result: number;
}

/** One call of an exported function of `wasm/`. */
export interface BlockStep {
  readonly kernel: string;
  readonly arguments: readonly BlockArgument[];
}

export type BlockArgument =
  | number
  /**
   * Address of a block: `count` f32 values, room for a multiple of four. With `perElement` less so
   * many bytes for every element of the tensor before it (and for `before` more): kernels that find
   * elements by their place.
   */
  | { readonly block: number; readonly perElement?: number; readonly before?: number }
  /** Address of the bytes of an operand of `bf16Steps`, of the block's first element. */
  | { readonly bytesOf: number }
  /**
   * Address of the sums of this section, or of this range where they are of the tensor; of the
   * number `at` among them. With `perGrain` that of the grain (1024 elements of the section) that
   * the block begins with.
   */
  | { readonly sums: string; readonly at?: number; readonly perGrain?: number }
  /** Address of a table, or of this section's record in it. */
  | { readonly table: string; readonly at?: number }
  /** One number of this section's record (or of a shared table), passed by value. */
  | { readonly value: string; readonly at: number }
  /**
   * Of this block: its elements; these in vectors of four, rounded up; place of its first element in
   * the tensor; place of its first element in the section; number of the section.
   */
  | 'count'
  | 'quads'
  | 'first'
  | 'within'
  | 'section';

/** Whole blocks fit into the first caches of a core, all of them into its second. */
export const BLOCK_ELEMENTS = 4096;
export const SECTION_ELEMENTS = 65536;
/** Elements that one record of a section's sums may belong to. */
export const GRAIN_ELEMENTS = 1024;
