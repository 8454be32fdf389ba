import type { ByteSource } from '../../src/io/byte-source.ts';
import { parseExperiment } from '../../src/lab/document/experiment.ts';
import { describeImport } from '../../src/lab/checkpoints/imported-base.ts';
import { withImportedBase } from '../../src/lab/inspection/with-imported-base.ts';
import { isBehaviourFolder } from '../../src/rec/checkpoints/import-behaviour.ts';
import { isCompactFolder } from '../../src/rec/checkpoints/import-compact.ts';
import type { BaseNeed } from './api.ts';
import { inspectedMemory, type MachineMemory } from './inspected-memory.ts';

/**
 * What a document would take on this machine with the base in these files, before gigabytes of it
 * are read. Faults of the document are for the inspection to list; behaviour models and compact ones are small.
 * @errors as describeImport and withImportedBase
 */
export async function baseNeed(
  documentText: string,
  files: readonly ByteSource[],
  machine: MachineMemory,
): Promise<BaseNeed> {
  const parsed = parseExperiment(documentText);
  const isSmall = (await isBehaviourFolder(files)) || (await isCompactFolder(files));
  if (!parsed.ok || isSmall) return { notes: [], faults: [] };
  const { experiment } = parsed;
  if (experiment.base.text?.source !== 'import') return { notes: [], faults: [] };
  const filled = withImportedBase(experiment, await describeImport(files));
  const { notes, faults } = await inspectedMemory(filled, machine, { behaviour: null });
  return { notes, faults };
}
