import type { SimulatorOptions } from '../../../src/rec/simulator/simulator-options.ts';
import { period } from '../tiny-data.ts';

export const TEST = period('test', Date.UTC(2024, 6), Date.UTC(2024, 9));
export const PRETRAIN = period('pretrain', Date.UTC(2023, 0), Date.UTC(2024, 0));
export const PHASE1 = period('phase1', Date.UTC(2024, 0), Date.UTC(2024, 3));
export const PHASE2 = period('phase2', Date.UTC(2024, 3), Date.UTC(2024, 6));

/** Two shops of the demo's periods. */
export const SIMULATED: SimulatorOptions = {
  domains: ['Games', 'Books'],
  schedule: { stages: [PRETRAIN, PHASE1, PHASE2], test: TEST },
  usersPerDomain: 400,
  itemsPerDomain: 120,
  interactionsPerUser: 16,
  sharedUsers: 0,
  seed: 1,
};
