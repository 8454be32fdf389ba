import type { ExperimentDocument } from './common-sections.ts';
import { BASE, IMPORTED_BASE, TEXT_BASE } from './experiment-defaults.ts';
import type { BasePlan, StagePass } from './experiment-types.ts';

/** Epochs and rate of the base, with the defaults of its source. */
export function basePass({ base }: ExperimentDocument): StagePass {
  const { source, score = BASE.score } = base;
  const defaults = source === 'import' ? IMPORTED_BASE : BASE;
  const { epochs = defaults.epochs, learningRate = defaults.learningRate } = base;
  return { epochs, learningRate, score };
}

/** The start of cells that are language models: trained on sequences of ids, on texts, or imported. */
export function languageBase(document: ExperimentDocument): BasePlan {
  const { source, tokens, textTokens } = document.base;
  const pass = basePass(document);
  if (source === 'none') return { ...pass, text: null, isRandom: true };
  if (source === 'sequences') return { ...pass, text: null };
  const text = {
    source,
    imported: null,
    tokens: tokens ?? TEXT_BASE.tokens,
    textTokens: textTokens ?? TEXT_BASE.textTokens,
  };
  return { ...pass, text };
}

/** Columns of a grid whose cells are trained one after the other: the stages. */
export function stageColumns({ contexts }: ExperimentDocument): readonly string[] {
  return contexts.stages.map(({ name }) => name);
}
