import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { experimentFrom } from '../../../src/lab/document/experiment.ts';
import { datasetOf, simulatorOptions } from '../../../src/lab/experiment/experiment-dataset.ts';
import type { Experiment } from '../../../src/lab/experiment/experiment-types.ts';
import { inspectExperiment } from '../../../src/lab/inspection/inspect-experiment.ts';
import type { Dataset } from '../../../src/rec/data/types.ts';
import { PRESETS } from '../../../src/ui/document/presets.ts';
import { documentText } from './documents.ts';

const NAMES = readdirSync(new URL('../../../experiments/', import.meta.url)).map((file) =>
  file.replace(/\.yaml$/, ''),
);

/** Several study the same shops, and simulating the largest takes seconds. */
const datasets = new Map<string, Promise<Dataset>>();

function simulated(experiment: Experiment): Promise<Dataset> {
  const { data } = experiment;
  const key = JSON.stringify('source' in data && simulatorOptions(experiment, data));
  const found = datasets.get(key) ?? datasetOf(experiment, null);
  datasets.set(key, found);
  return found;
}

describe('the experiments of the project', () => {
  it.each(NAMES)('%s has no fault, and none with its own data', async (name) => {
    const experiment = experimentFrom(documentText(name));
    if (!('source' in experiment.data)) return;
    const dataset = await simulated(experiment);
    const { faults, leaks } = inspectExperiment(experiment, dataset);
    expect(faults).toEqual([]);
    expect(leaks).toBe(0);
  });

  it('are all found, and the page’s are among them', () => {
    expect(NAMES.length).toBeGreaterThan(6);
    const texts = NAMES.map(documentText);
    for (const { text } of PRESETS) expect(texts).toContain(text);
  });
});
