import type { ShardTensor } from '../../io/safetensors-shards.ts';

/** A tensor of an input. */
export interface Operand {
  readonly reference: string;
  readonly tensor: string;
}

/** How a tensor of the result comes about. */
export type PlannedWork =
  | { readonly kind: 'copy'; readonly from: Operand }
  | {
      readonly kind: 'merge';
      readonly base: Operand | null;
      readonly models: readonly Operand[];
      readonly parameters: Readonly<Record<string, unknown>>;
      /** Rows are brought to the vocabulary of the result first. */
      readonly isAligned: boolean;
    };

export interface PlannedTensor extends ShardTensor {
  readonly work: PlannedWork;
}
