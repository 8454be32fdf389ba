import { parseExperiment } from '../../../src/lab/document/experiment.ts';

export const SHORT = `schema: mmgrid-experiment/1
name: short
data: { source: simulator }
contexts:
  stages:
    - { name: pretrain, start: 2023-01-01, end: 2024-01-01 }
  test: { start: 2024-01-01, end: 2024-04-01 }
`;

export function faultsOf(text: string): string[] {
  const parsed = parseExperiment(text);
  return parsed.ok ? [] : parsed.faults.map(({ place, message }) => `${place}: ${message}`);
}
