import type { JobSummary, ModelRole } from '../../../src/lab/job/events.ts';

/** As the kinds say it: a test holds these against the modules. */
export const MODEL_ROLES: Readonly<Partial<Record<JobSummary['kind'], ModelRole>>> = {
  base: { role: 'base', name: 'base' },
  pretrain: { role: 'base', name: 'pretrained' },
  'click-start': { role: 'start', name: 'base' },
  train: { role: 'cell' },
  'train-click': { role: 'cell' },
  merge: { role: 'merge' },
};
