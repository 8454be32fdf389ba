export interface TaskVectorRequest {
  readonly base: Float32Array;
  /** The first is the source of `SignCounts.first`. */
  readonly models: readonly Float32Array[];
  /** Tensors that count; MMGRid leaves out embedding and head. */
  readonly isIncluded?: (tensor: string) => boolean;
  /** Share of each task vector's smallest magnitudes that counts as zero in the sign classes. */
  readonly trim?: number;
  /** Values are counted in `bins` bins of equal width over [−range, range). */
  readonly range?: number;
  readonly bins?: number;
}

/** Coordinates by what the task vectors' signs say; they add up to the tensor's size. */
export interface SignCounts {
  /** All of one sign, none zero. */
  readonly same: number;
  /** At least one positive and one negative: merging them cancels. */
  readonly conflict: number;
  readonly zero: number;
  /** Only the first model's is not zero. */
  readonly first: number;
  /** The rest. */
  readonly other: number;
}

export interface TensorStatistics {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
  /** Per model. */
  readonly moments: readonly {
    readonly sum: number;
    /** Σ|τ|. */
    readonly absolute: number;
    readonly least: number;
    readonly most: number;
  }[];
  /** gram[i][j] = ⟨τᵢ, τⱼ⟩, j <= i. */
  readonly gram: readonly (readonly number[])[];
  /** The same of what the trim keeps; absent without a trim. */
  readonly trimmedGram?: readonly (readonly number[])[];
  /** Of all models together. */
  readonly signs: SignCounts;
  /** Of the pairs (0,1), (0,2), … (1,2), …; one that equals `signs` for two models. */
  readonly pairs: readonly SignCounts[];
}

/** Everything that is counted and summed; shares, norms and cosines follow from it. */
export interface TaskVectorTable {
  readonly models: number;
  readonly trim: number;
  readonly range: number;
  readonly tensors: readonly TensorStatistics[];
  /** Per model: values below −range, in each bin, at or above range. */
  readonly values: readonly (readonly number[])[];
}
