import { AppError } from '../../core/errors.ts';
import type { ParadigmKind } from '../experiment/paradigm-plans.ts';
import { discriminativeDocument } from './discriminative/document.ts';
import { embeddingDocument } from './embedding/document.ts';
import type { ParadigmDocument } from './contract/paradigm-document.ts';
import { semanticIdDocument } from './semantic-id/document.ts';
import { titleDocument } from './title/document.ts';

/** The light halves of all paradigms; the first is that of documents which name none. */
const DOCUMENTS: ParadigmDocument[] = [
  semanticIdDocument,
  titleDocument,
  embeddingDocument,
  discriminativeDocument,
];

export function paradigmDocuments(): readonly [ParadigmDocument, ...ParadigmDocument[]] {
  return [semanticIdDocument, ...DOCUMENTS.slice(1)];
}

/** @errors internal for a name that no schema let pass */
export function paradigmDocument(kind: ParadigmKind): ParadigmDocument {
  const found = DOCUMENTS.find((one) => one.kind === kind);
  if (found !== undefined) return found;
  throw new AppError('internal', `There is no paradigm "${String(kind)}".`);
}

/** Of a draft, which may name anything, or nothing: the first then. */
export function draftParadigm(kind: unknown): ParadigmDocument {
  return DOCUMENTS.find((one) => one.kind === kind) ?? semanticIdDocument;
}

/** See `registerParadigm`. @returns what takes it out again */
export function registerDocument(document: ParadigmDocument): () => void {
  DOCUMENTS.push(document);
  return () => {
    DOCUMENTS.splice(DOCUMENTS.indexOf(document), 1);
  };
}
