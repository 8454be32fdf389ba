/** `recalled`: results are on show that were stored earlier; of all jobs, or of some. */
export type RunPhase =
  | 'idle'
  | 'recalled'
  | 'starting'
  | 'running'
  | 'stopping'
  | 'done'
  | 'stopped'
  | 'failed';

export function isBusy({ phase }: { readonly phase: RunPhase }): boolean {
  return phase === 'starting' || phase === 'running' || phase === 'stopping';
}
