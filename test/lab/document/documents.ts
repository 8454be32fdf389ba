import { readFileSync } from 'node:fs';
import { experimentFrom } from '../../../src/lab/document/experiment.ts';
import type { Experiment } from '../../../src/lab/experiment/experiment-types.ts';

/** Text of one of the project's experiment files. */
export function documentText(name: string): string {
  return readFileSync(new URL(`../../../experiments/${name}.yaml`, import.meta.url), 'utf8');
}

/** The tiny experiment with pieces of its text replaced; every piece must be there. */
export function tinyWith(replacements: Readonly<Record<string, string>> = {}): string {
  let text = documentText('tiny');
  for (const [piece, replacement] of Object.entries(replacements)) {
    if (!text.includes(piece)) throw new Error(`tiny.yaml has no "${piece}"`);
    text = text.replace(piece, replacement);
  }
  return text;
}

export function tinyExperiment(replacements: Readonly<Record<string, string>> = {}): Experiment {
  return experimentFrom(tinyWith(replacements));
}
