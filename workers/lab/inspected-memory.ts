import type { AdapterProfile } from '../../src/compute/executor.ts';
import { formatBytes } from '../../src/compute/limits.ts';
import { toAppError, type Fault } from '../../src/core/errors.ts';
import type { Experiment } from '../../src/lab/experiment/experiment-types.ts';
import { describeNeed, largestNeed, memoryNeedOf } from '../../src/lab/inspection/memory-need.ts';
import type { DataFacts } from '../../src/lab/paradigms/contract/paradigm.ts';

/** What a run needs, told; a fault where the executor does not have it. */
export interface InspectedMemory {
  readonly notes: readonly string[];
  readonly faults: readonly Fault[];
  readonly memoryBytes?: number;
}

/** What the machine tells of itself beside the adapter. */
export interface MachineMemory {
  /** null before an executor is open. */
  readonly profile: AdapterProfile | null;
  /** Of the computer's own memory; null where it cannot be known, as in a page. */
  readonly freeBytes: number | null;
}

export async function inspectedMemory(
  experiment: Experiment,
  { profile, freeBytes }: MachineMemory,
  facts: DataFacts,
): Promise<InspectedMemory> {
  if (profile === null) return { notes: [], faults: [] };
  try {
    const need = await memoryNeedOf(experiment, profile, facts);
    const memoryBytes = largestNeed(need);
    const isShort = profile.kind === 'cpu' && freeBytes !== null && memoryBytes > freeBytes;
    const free = isShort
      ? ` This computer has ${formatBytes(freeBytes)} free: others may be ended.`
      : '';
    return { notes: [`${describeNeed(need, profile)}${free}`], faults: [], memoryBytes };
  } catch (thrown) {
    const { message, hint, details } = toAppError(thrown);
    const faults = [{ place: 'model', message: `${message} ${hint}`.trim() }];
    const { need } = details;
    return { notes: [], faults, ...(typeof need === 'number' && { memoryBytes: need }) };
  }
}
