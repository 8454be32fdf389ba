import type { StoredTensor } from '../../io/import/tensor-reader.ts';
import type { RangeForm } from '../range-form.ts';
import type { RangeOperand } from './aligned-tensor.ts';
import type { RangeFile } from './range-session.ts';

/** A tensor of the result that is made in ranges. */
export interface RangeWork {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sizeBytes: number;
  /** Where it is written. */
  readonly file: RangeFile;
  readonly position: number;
  readonly content: RangeContent;
}

export type RangeContent =
  /** Its bytes are those of another tensor; the result may have fewer rows, the first ones. */
  | { readonly kind: 'copy'; readonly from: StoredTensor }
  /** Operands in the order of the form. */
  | {
      readonly kind: 'merge';
      readonly form: RangeForm;
      readonly operands: readonly RangeOperand[];
    };

/** How tensors are cut. It changes speed and memory, never a result. */
export interface RangeCut {
  /** Elements of a range, unless a section is longer. */
  readonly elements: number;
  /** Bytes of all operands of a range: many models make ranges shorter. */
  readonly bytes: number;
  /** Operands of a tensor up to so many bytes are read once for all passes. */
  readonly heldBytes: number;
  /** Lanes that work at most. Default: all. */
  readonly lanes?: number;
  /** What lists of elements may take in a lane. Default: whatever they are worth. */
  readonly listBytes?: number;
}

/** Bytes of operands that all lanes hold together. */
const MEMORY_BYTES = 256 * 2 ** 20;

/** Of a list: in a lane where it is made and as it is sent, elsewhere as it came and joined. */
const LIST_COPIES = 2;

/**
 * Measured (README): shorter ranges read and write slower, longer ones only take memory.
 * @param laneBytes what a lane takes beside what the cut says: fewer lanes work where many would not fit
 */
export function defaultCut(all: number, budgetBytes = Infinity, laneBytes = 0): RangeCut {
  const most = laneBytes === 0 ? all : Math.floor(budgetBytes / 2 / laneBytes);
  const lanes = Math.max(1, Math.min(all, most));
  const rest = Math.max(0, budgetBytes - lanes * laneBytes) / 2;
  const share = Math.min(MEMORY_BYTES, rest) / lanes;
  const [bytes = share, heldBytes = share] = [32, 48].map((size) =>
    Math.min(size * 2 ** 20, share),
  );
  const left = Math.max(0, budgetBytes - lanes * (laneBytes + heldBytes));
  const listBytes = left / (lanes * LIST_COPIES + LIST_COPIES);
  return { elements: 2 ** 21, bytes, heldBytes, lanes, listBytes };
}
