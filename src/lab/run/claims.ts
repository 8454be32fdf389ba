/** Who makes which job where several processes work on one store. */
export interface Claims {
  /** null while another process makes this job. */
  claim(id: string): { release(): void } | null;
  /** Resolves after a while in which others may have finished one of these. */
  wait(ids: readonly string[], titleOf: (id: string) => string): Promise<void>;
}

/** Of a store that one process has to itself. */
export const ALONE: Claims = {
  claim: () => ({ release: () => undefined }),
  wait: () => Promise.resolve(),
};

/** Which part of a plan one run is for. */
export interface RunLimits {
  /** Only this job; its inputs have to be in the store. */
  readonly job?: string;
  /** False only collects what is in the store. Default true. */
  readonly mayCompute?: boolean;
}
