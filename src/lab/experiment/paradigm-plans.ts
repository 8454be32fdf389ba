import { AppError } from '../../core/errors.ts';

/** Sections of the paradigms, by key; each adds its own (`declare module`). */
// oxlint-disable-next-line typescript/no-empty-object-type -- filled in the paradigms' folders
export interface ParadigmSections {}

/** What each paradigm takes from its section of the document; each adds its own (`declare module`). */
// oxlint-disable-next-line typescript/no-empty-object-type -- filled in the paradigms' folders
export interface ParadigmPlans {}

export type ParadigmKind = keyof ParadigmPlans;

/** What is learnt from the contexts, and how it ranks. */
export type ParadigmPlan<Kind extends ParadigmKind = ParadigmKind> = Kind extends ParadigmKind
  ? { readonly kind: Kind } & ParadigmPlans[Kind]
  : never;

/** The plan of an experiment that has this paradigm. @errors internal for another one */
export function paradigmPlan<Kind extends ParadigmKind>(
  { paradigm }: { readonly paradigm: ParadigmPlan },
  kind: Kind,
): ParadigmPlan<Kind> {
  if (paradigm.kind === kind) return paradigm as ParadigmPlan<Kind>;
  throw new AppError('internal', `The experiment has another paradigm than ${kind}.`);
}
