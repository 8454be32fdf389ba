/** How a caller stops work that applies a model to data, and hears how far it is. */
export interface RankHooks {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
}
