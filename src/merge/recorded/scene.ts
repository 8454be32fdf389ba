import type { BlockStep, PassTable, SumSpec } from '../range-form.ts';
import type { Part, PartPlaces } from './parts.ts';
import type { RecordedBuffer, SelectionStep } from './recording.ts';
import type { Registers } from './registers.ts';

export interface PassShape {
  readonly section: number;
  /** Grains of a block. */
  readonly slots: number;
}

/** What calls of a pass refer to. */
export interface Scene extends PassShape {
  readonly part: Part;
  readonly places: PartPlaces;
  readonly registers: Registers;
  readonly tables: Map<string, PassTable>;
  /** What cuts are of, where it is not what they were recorded with: values and origin. */
  readonly replaced: ReadonlyMap<SelectionStep, readonly [RecordedBuffer, RecordedBuffer]>;
  /** Segments whose block tables the calls look at. */
  readonly segments: Set<number>;
}

/** Buffers that an end looks at, and the calls that it makes of their blocks. */
export interface End {
  readonly reads: readonly RecordedBuffer[];
  readonly sums: (shape: PassShape) => Readonly<Record<string, SumSpec>>;
  readonly tables?: Readonly<Record<string, PassTable>>;
  /** Number of the only section, of `SECTION_ELEMENTS`, that it has to see. */
  readonly only?: number;
  /** Sees every so manieth block only (`RangePass.sample`). Either all ends of a pass do or none. */
  readonly sample?: number;
  /** The cut that it looks for: it takes what the scene says that is of. */
  readonly selection?: SelectionStep;
  /** Name of its sums, where they are the sizes of the grains of the only buffer that it reads. */
  readonly sizes?: string;
  readonly calls: (scene: Scene) => BlockStep[];
  /** Behind the last block of a range. */
  readonly after?: readonly BlockStep[];
}
