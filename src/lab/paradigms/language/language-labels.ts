import type { ParadigmLabels } from '../contract/paradigm-document.ts';

/** Of paradigms whose cells are trained one after the other and rank all items. */
export const RANKING_LABELS: ParadigmLabels = {
  columns: 'stages',
  base: 'base',
  run: (merges) =>
    `Trains each cell from its predecessor, then merges (${String(merges)}) and evaluates on held-out users`,
  scored: 'token',
  metric: { metric: 'recall', k: 10 },
};
