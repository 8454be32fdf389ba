import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { experimentFrom } from '../../../src/lab/document/experiment.ts';
import { simulatorOptions } from '../../../src/lab/experiment/experiment-dataset.ts';
import { inspectExperiment } from '../../../src/lab/inspection/inspect-experiment.ts';
import type { SimulatorOptions } from '../../../src/rec/simulator/simulator-options.ts';
import { simulateDataset } from '../../../src/rec/simulator/simulator.ts';
import { PRESETS } from '../../../src/ui/document/presets.ts';
import { onceEach } from '../../support/once-each.ts';
import { documentText } from './documents.ts';

const NAMES = readdirSync(new URL('../../../experiments/', import.meta.url)).map((file) =>
  file.replace(/\.yaml$/, ''),
);

/** Several study the same shops, and simulating the largest takes seconds. */
const simulated = onceEach((key) => simulateDataset(JSON.parse(key) as SimulatorOptions));

describe('the experiments of the project', () => {
  it.each(NAMES)('%s has no fault, and none with its own data', async (name) => {
    const experiment = experimentFrom(documentText(name));
    const { data } = experiment;
    if (!('source' in data)) return;
    const dataset = await simulated(JSON.stringify(simulatorOptions(experiment, data)));
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
