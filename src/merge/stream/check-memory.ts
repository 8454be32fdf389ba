import { bindableElements, formatBytes } from '../../compute/limits.ts';
import { AppError } from '../../core/errors.ts';
import type { GlobalMerge } from './merge-global.ts';
import { neededBytes } from './merge-tensor.ts';
import type { NeededMemory } from './needed-memory.ts';
import { placeOf, type PlannedTensor } from './planned-tensor.ts';
import type { RunContext } from './run-context.ts';

interface Need extends NeededMemory {
  readonly place: string;
}

/**
 * Refuses what will not fit, which is known from the shapes: nothing is written before.
 * @param global the merge of the whole model, where the method looks at all of it at once
 * @param goesInRanges tensors that no executor sees
 * @errors limit-exceeded with need and limit of every tensor, and how much would do
 */
export async function checkMemory(
  context: RunContext,
  global: GlobalMerge | null,
  goesInRanges: (tensor: PlannedTensor) => boolean,
): Promise<void> {
  const { plan, executor, budgetBytes } = context;
  const needs =
    global === null
      ? await tensorNeeds(context, goesInRanges)
      : [{ place: 'the whole model', ...(await global.neededBytes()) }];
  const longest = bindableElements(executor.profile);
  const faults = needs.flatMap(({ place, totalBytes, bufferElements }) => [
    ...(totalBytes > budgetBytes
      ? [{ place, message: `Needs ${formatBytes(totalBytes)} of ${formatBytes(budgetBytes)}.` }]
      : []),
    ...(bufferElements > longest
      ? [
          {
            place,
            message: `Needs a buffer of ${formatBytes(4 * bufferElements)}; the largest is ${formatBytes(4 * longest)}.`,
          },
        ]
      : []),
  ]);
  if (faults.length === 0) return;
  const why = global === null ? 'needs every tensor as a whole' : 'looks at all tensors at once';
  throw new AppError('limit-exceeded', `${plan.method.title} ${why}, which does not fit.`, {
    hint: `Nothing was written. ${remedyOf(needs, budgetBytes)} take a method that works element by element.`,
    faults,
  });
}

/** More memory helps where memory is what lacks. */
function remedyOf(needs: readonly Need[], budgetBytes: number): string {
  const most = needs.reduce((a, b) => (b.totalBytes > a.totalBytes ? b : a));
  if (most.totalBytes <= budgetBytes) return 'Use an executor with larger buffers, or';
  const megabytes = Math.ceil(most.totalBytes / 1e6);
  return `Most is needed for ${most.place}: allow ${megabytes} MB (--memory ${megabytes} on the command line), or`;
}

async function tensorNeeds(
  context: RunContext,
  goesInRanges: (tensor: PlannedTensor) => boolean,
): Promise<Need[]> {
  const known = new Map<string, NeededMemory | null>();
  const needs: Need[] = [];
  for (const tensor of context.plan.tensors) {
    if (goesInRanges(tensor)) continue;
    const key = likeness(tensor);
    const needed = known.get(key) ?? (await neededBytes(context, tensor));
    known.set(key, needed);
    if (needed !== null) needs.push({ place: placeOf(tensor.name), ...needed });
  }
  return needs;
}

/** Equal for tensors whose merges allocate the same: a model has few shapes and many tensors. */
function likeness({ name, shape, work }: PlannedTensor): string {
  if (work.kind === 'copy' || work.rows !== null) return name;
  return JSON.stringify([shape, work.parameters, work.models.length, work.base !== null]);
}
