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
