import type { ExperimentDocument } from '../../experiment/common-sections.ts';
import type { PathFault } from '../../experiment/path-fault.ts';

/**
 * Faults of the base of a discriminative document: it is pretrained here, or `source: import`.
 * @param raw the document as it was written
 */
export function checkBehaviourBase(
  { base, analysis }: ExperimentDocument,
  raw: unknown,
): PathFault[] {
  const written = (raw as { base?: unknown }).base;
  if (typeof written !== 'object' || written === null) return [];
  const faults: PathFault[] = [];
  if (base.source !== 'import') {
    const message =
      'must be import: click models start from a folder, or from what discriminative.pretraining says.';
    faults.push({ path: ['base', 'source'], message });
  }
  for (const key of Object.keys(written)) {
    if (key === 'source') continue;
    const message = 'means nothing for click models: discriminative.pretraining trains their base.';
    faults.push({ path: ['base', key], message });
  }
  analysis.forEach(({ kind }, index) => {
    if (base.source !== 'import' || kind !== 'scaling') return;
    const message = 'pretrains models of several sizes: no import can stand for them.';
    faults.push({ path: ['analysis', index, 'kind'], message });
  });
  return faults;
}
