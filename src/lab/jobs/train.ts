import type { Period } from '../../rec/data/types.ts';
import type { StageScore } from '../experiment/experiment-types.ts';
import type {
  CellTraining,
  OptimizerSettings,
  Sampling,
  TaskSettings,
} from '../job/job-settings.ts';
import { cellWork } from '../paradigms/paradigm-list.ts';
import { defineCheckpointJob } from '../work/define-job.ts';

/** Trains one cell from its predecessor, on its own stage's targets only. */
export interface TrainSettings {
  readonly domain: string;
  readonly stage: Period;
  readonly sampling: Sampling;
  readonly maxTargets: number | null;
  readonly score: StageScore;
  readonly optimizer: OptimizerSettings;
  /** Absent where the base knows no text, and in other paradigms. */
  readonly tasks?: TaskSettings;
  /** Absent: semantic ids. */
  readonly paradigm?: CellTraining;
}

declare module '../job/job.ts' {
  interface JobTypes {
    readonly train: MakesCheckpoint<
      TrainSettings,
      {
        readonly data: string;
        /** Absent in paradigms without ids. */
        readonly ids?: string;
        readonly parent: string;
        readonly tokenizer?: string;
      }
    >;
  }
}

export const trainJob = defineCheckpointJob({
  kind: 'train',
  rank: 5,
  makes: 'checkpoint',
  card: 'A cell of the grid',
  model: { role: 'cell' },
  run: (job, context) => cellWork(job.settings.paradigm).train(job, context),
});
