import type { ShardTensor } from '../../io/safetensors-shards.ts';

/** A tensor of an input. */
export interface Operand {
  readonly reference: string;
  readonly tensor: string;
}

/** How a tensor of the result comes about. */
export type PlannedWork =
  | {
      readonly kind: 'copy';
      readonly from: Operand;
      /** As below. */
      readonly rows: readonly Operand[] | null;
    }
  | {
      readonly kind: 'merge';
      readonly base: Operand | null;
      readonly models: readonly Operand[];
      readonly parameters: Readonly<Record<string, unknown>>;
      /**
       * Where rows are brought to the vocabulary of the result first: the operands, and what stands
       * in for tokens that they lack. Null: rows stay as they are.
       */
      readonly rows: readonly Operand[] | null;
    };

export interface PlannedTensor extends ShardTensor {
  readonly work: PlannedWork;
}

/** A tensor as a place of faults and notes. */
export function placeOf(tensor: string): string {
  return `tensor "${tensor}"`;
}

/** Bytes of one element, from the width in the type's name. */
export function bytesOf(dtype: string): number {
  return Number(/\d+/.exec(dtype)?.[0] ?? 8) / 8;
}
