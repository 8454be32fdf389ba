/** Sections of the paradigms, by key; each adds its own (`declare module`). */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled in the paradigms' folders
export interface ParadigmSections {}

/** What each paradigm takes from its section of the document; each adds its own (`declare module`). */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled in the paradigms' folders
export interface ParadigmPlans {}

export type ParadigmKind = keyof ParadigmPlans;

/** What is learnt from the contexts, and how it ranks. */
export type ParadigmPlan<Kind extends ParadigmKind = ParadigmKind> = Kind extends ParadigmKind
  ? { readonly kind: Kind } & ParadigmPlans[Kind]
  : never;
