import { AppError } from '../../core/errors.ts';
import type { VocabularySettings } from '../checkpoints/model-config.ts';
import type { ParadigmKind } from '../experiment/paradigm-plans.ts';
import { paradigmNamed } from '../paradigms/paradigm-list.ts';
import { defineCheckpointJob } from '../work/define-job.ts';

/** Gives a language model what its paradigm adds: rows for id tokens, or a user encoder. */
export interface ExtendSettings {
  /** Absent: semantic ids. */
  readonly paradigm?: ParadigmKind;
  /** With the rows that are added. Absent: none are. */
  readonly vocabulary?: VocabularySettings;
  readonly maxPositions: number;
  /** Domains whose items get vectors of their own, as many rows as the largest has. Absent: none. */
  readonly itemVectors?: readonly string[];
}

declare module '../job/job.ts' {
  interface JobTypes {
    readonly extend: MakesCheckpoint<
      ExtendSettings,
      {
        readonly base: string;
        /** Where the data decide its size. */
        readonly data?: readonly string[];
      }
    >;
  }
}

/** Θ⁽⁰⁾ with what its paradigm adds: what the cells start from, and the base of their merges. */
export const extendJob = defineCheckpointJob({
  kind: 'extend',
  rank: 4,
  makes: 'checkpoint',
  card: 'The base language model with rows for the tokens of semantic ids',
  model: { role: 'start', name: 'base' },
  run: (job, context) => {
    const { cells, document } = paradigmNamed(job.settings.paradigm);
    if (cells?.extend !== undefined) return cells.extend(job, context);
    throw new AppError('internal', `The paradigm ${document.kind} adds nothing to a base.`);
  },
});
