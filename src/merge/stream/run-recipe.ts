import type { Executor } from '../../compute/executor.ts';
import { AppError, toAppError, type Fault } from '../../core/errors.ts';
import { leftOut, namingBroken, withoutBroken } from '../../io/import/broken-source.ts';
import type { ByteSource } from '../../io/byte-source.ts';
import type { OutputFolder } from '../../io/output-folder.ts';
import { invalidRecipe, recipesFrom, type ParsedRecipe } from '../recipe/parse-recipe.ts';
import { orderSteps } from '../recipe/order-steps.ts';
import type { RangeHost } from '../ranges/range-session.ts';
import type { RangeCut } from '../ranges/range-work.ts';
import { referencesOf } from '../recipe/recipe.ts';
import { openCheckpoint, type Checkpoint, type Inventory } from './checkpoint.ts';
import { NO_TOKENIZER } from './tokens/open-tokenizer.ts';
import { planMerge, type MergePlan } from './plan-merge.ts';
import { resultConfig } from './result/result-config.ts';
import { isHead } from './tensor-names.ts';
import { runMerge, type MergeProgress, type MergeReport } from './run-merge.ts';
import { writeResultFiles } from './result/write-result-files.ts';

/** The files of a model that a recipe names. @errors checkpoint-missing */
export type FindFiles = (reference: string) => Promise<readonly ByteSource[]>;

/** A file of recipes that is known to work: everything but the numbers has been checked. */
export interface PreparedRecipe {
  /** In order; the last gives the result. */
  readonly plans: readonly MergePlan[];
  readonly inputs: ReadonlyMap<string, Checkpoint>;
  /** What was found that is worth knowing, in recipe, files and plans of all steps. */
  readonly notes: readonly Fault[];
}

/**
 * Reads recipes, opens the headers of their models and plans every step. Nothing is written.
 * @errors recipe-invalid with every fault of recipe and models
 */
export async function prepareRecipe(text: string, findFiles: FindFiles): Promise<PreparedRecipe> {
  const order = orderSteps(recipesFrom(text));
  if (!order.ok) throw invalidRecipe(order.faults);
  const { steps } = order;
  const { inputs, notes } = await openInputs(steps, findFiles);
  const known = new Map<string, Inventory>(inputs);
  const plans: MergePlan[] = [];
  for (const step of steps) {
    const named = referencesOf(step.recipe).flatMap((reference): [string, Inventory][] => {
      const inventory = known.get(reference);
      return inventory === undefined ? [] : [[reference, inventory]];
    });
    const planned = planMerge(step, new Map(named));
    if (!planned.ok) throw cannotMerge(planned.faults);
    plans.push(planned.plan);
    const { name } = step.recipe;
    if (name !== null) known.set(name, inventoryOf(name, planned.plan, known));
  }
  return { plans, inputs, notes: [...notes, ...plans.flatMap((plan) => plan.notes)] };
}

async function openInputs(
  steps: readonly ParsedRecipe[],
  findFiles: FindFiles,
): Promise<Pick<PreparedRecipe, 'inputs' | 'notes'>> {
  const names = new Set(steps.map(({ recipe }) => recipe.name));
  const wantsVocabulary = steps.some(({ recipe }) => recipe.tokenizer !== null);
  const wantsTemplates = steps.some(({ recipe }) => recipe.chatTemplate === 'auto');
  const inputs = new Map<string, Checkpoint>();
  const faults: Fault[] = [];
  const notes: Fault[] = [];
  for (const reference of new Set(steps.flatMap(({ recipe }) => referencesOf(recipe)))) {
    if (names.has(reference)) continue;
    try {
      const { usable, broken } = withoutBroken(await findFiles(reference));
      const open = () => openCheckpoint(reference, usable, wantsTemplates);
      const opened = await open().catch((error: unknown) => {
        throw namingBroken(error, broken);
      });
      notes.push(...leftOut(broken, wantsVocabulary));
      inputs.set(reference, opened);
    } catch (error) {
      if (['internal', 'aborted'].includes(toAppError(error).code)) throw error;
      faults.push(...modelFaults(reference, toAppError(error)));
    }
  }
  if (faults.length > 0) throw cannotMerge(faults);
  return { inputs, notes };
}

/** Everything that was found in a model, each fault with the reason at its own place. */
function modelFaults(reference: string, { message, hint, faults }: AppError): Fault[] {
  const within = faults.filter((fault) => !message.includes(fault.message) && fault.message !== '');
  return [
    { place: reference, message: `${message} ${hint}`.trim() },
    ...within.map(({ place, message: reason }) => ({
      place: place.startsWith(reference) ? place : `${reference}: ${place}`,
      message: reason,
    })),
  ];
}

/** What a step's result will be for the steps after it. */
function inventoryOf(
  reference: string,
  plan: MergePlan,
  known: ReadonlyMap<string, Inventory>,
): Inventory {
  const tensors = new Map(plan.tensors.map(({ name, dtype, shape }) => [name, { dtype, shape }]));
  const { tokenizerOf, vocabulary, generationConfig } = plan.tokens;
  const giver = known.get(tokenizerOf);
  return {
    ...{ reference, tensors, generationConfig, config: resultConfig(plan) },
    tokenizer: { ...(giver?.tokenizer ?? NO_TOKENIZER), vocabulary },
    chatTemplate: plan.chatTemplate ?? giver?.chatTemplate ?? null,
    rowNames: known.get(plan.primary)?.rowNames ?? null,
    head: { hasOwnHead: [...tensors.keys()].some(isHead), isTiedInVain: false },
  };
}

function cannotMerge(faults: readonly Fault[]): AppError {
  const count = `${faults.length} fault${faults.length === 1 ? '' : 's'}`;
  return new AppError('recipe-invalid', `These models cannot be merged so: ${count}.`, {
    hint:
      'Nothing was merged and nothing was written. Rules under `tensors` copy or skip tensors that ' +
      'not all models have.',
    faults,
  });
}

/** Where and how a prepared recipe runs. */
export interface RecipeRun {
  readonly executor: Executor;
  /** Of the result. */
  readonly output: OutputFolder;
  /** Of a step's result, which is removed in the end. */
  readonly stepOutput: (name: string) => Promise<OutputFolder>;
  readonly maxShardBytes?: number | undefined;
  readonly budgetBytes?: number | undefined;
  /** As in `MergeRun`. */
  readonly ranges?: RangeHost | undefined;
  readonly cut?: RangeCut | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: StepProgress) => void) | undefined;
}

export interface StepProgress extends MergeProgress {
  /** From 1. */
  readonly step: number;
  readonly steps: number;
}

/**
 * Runs all steps. The result's folder appears complete, or, where this throws, not at all.
 * @errors as runMerge
 */
export async function runRecipe(prepared: PreparedRecipe, run: RecipeRun): Promise<MergeReport[]> {
  const { plans } = prepared;
  const inputs = new Map(prepared.inputs);
  const { stepOutput, output, onProgress, ...options } = run;
  const intermediate: OutputFolder[] = [];
  const reports: MergeReport[] = [];
  try {
    for (const [index, plan] of plans.entries()) {
      const isLast = index === plans.length - 1;
      const name = plan.recipe.name ?? '';
      const folder = isLast ? output : await stepOutput(name);
      if (!isLast) intermediate.push(folder);
      const tell = (progress: MergeProgress): void =>
        onProgress?.({ ...progress, step: index + 1, steps: plans.length });
      const report = await runMerge({ ...options, plan, inputs, output: folder, onProgress: tell });
      await writeResultFiles(plan, inputs, folder, prepared.notes);
      reports.push({ ...report, notes: [...plan.notes.map(noteText), ...report.notes] });
      if (isLast) await output.commit();
      else inputs.set(name, await openCheckpoint(name, await folder.sources()));
    }
    return reports;
  } catch (error) {
    await output.discard();
    throw error;
  } finally {
    for (const folder of intermediate) await folder.discard();
  }
}

function noteText({ place, message }: Fault): string {
  return `${place}: ${message}`;
}
