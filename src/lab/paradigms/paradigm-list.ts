import type { CheckpointMeta } from '../checkpoints/checkpoint-meta.ts';
import type { Experiment } from '../experiment/experiment-types.ts';
import type { ParadigmKind } from '../experiment/paradigm-plans.ts';
import { AppError } from '../../core/errors.ts';
import { discriminative } from './discriminative/discriminative.ts';
import { registerDocument } from './document-list.ts';
import { embedding } from './embedding/embedding.ts';
import type { CellWork, Paradigm } from './contract/paradigm.ts';
import { semanticId } from './semantic-id/semantic-id.ts';
import { title } from './title/title.ts';

/**
 * Every paradigm. The first is that of settings and checkpoints which name none: of what was stored
 * before there were others, and of language models that no paradigm has changed yet.
 */
const PARADIGMS: Paradigm[] = [semanticId, title, embedding, discriminative];

export function paradigms(): readonly Paradigm[] {
  return PARADIGMS;
}

/** @errors internal for a name that nobody listed */
export function paradigmNamed(kind: ParadigmKind | undefined): Paradigm {
  if (kind === undefined) return semanticId;
  const found = PARADIGMS.find(({ document }) => document.kind === kind);
  if (found !== undefined) return found;
  throw new AppError('internal', `There is no paradigm "${String(kind)}".`);
}

export function paradigmOf({ paradigm }: Pick<Experiment, 'paradigm'>): Paradigm {
  return paradigmNamed(paradigm.kind);
}

/** Of a stored checkpoint. */
export function paradigmOfModel({ paradigm }: Pick<CheckpointMeta, 'paradigm'>): Paradigm {
  return paradigmNamed(paradigm);
}

/** How the cells of a paradigm are trained and measured. @errors internal where it has none */
export function cellWork(settings: { readonly kind: ParadigmKind } | undefined): CellWork {
  const { cells, document } = paradigmNamed(settings?.kind);
  if (cells !== null) return cells;
  throw new AppError('internal', `The paradigm ${document.kind} has no cells of this kind.`);
}

/**
 * Adds a paradigm that does not stand in the list: of an extension, or of a test. Its documents are
 * read from then on, its kinds of jobs are run.
 * @returns what takes it out again
 * @errors invalid-argument for a name that there is
 */
export function registerParadigm(paradigm: Paradigm): () => void {
  const { kind } = paradigm.document;
  if (PARADIGMS.some(({ document }) => document.kind === kind)) {
    throw new AppError('invalid-argument', `There is a paradigm "${kind}" already.`, {
      hint: 'Give the new one another name: documents choose by it.',
    });
  }
  const removeDocument = registerDocument(paradigm.document);
  PARADIGMS.push(paradigm);
  return () => {
    removeDocument();
    PARADIGMS.splice(PARADIGMS.indexOf(paradigm), 1);
  };
}
