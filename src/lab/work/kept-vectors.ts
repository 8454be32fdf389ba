import { hashJson } from '../../core/hash.ts';
import type { EmbedHooks, EmbeddedPart } from '../../rec/text/text-embedding.ts';
import { asArtefact, vectorsArtefact } from '../results/artefacts.ts';
import type { JobContext } from './job-context.ts';

/** What vectors of texts depend on. */
export interface VectorsKey {
  /** Job ids of model and tokenizer. */
  readonly embedder: string;
  readonly tokenizer: string;
  readonly textTokens: number;
  readonly texts: readonly string[];
}

/** Work that is worth a place in the store; most embeddings end long before. */
const KEEP_AFTER_MS = 30_000;

/**
 * Hooks of an embedding of items that takes long: progress in items, and every half minute what is
 * embedded so far goes into the store under what it depends on, so that a run that was stopped or
 * killed continues there, and other jobs with the same texts take it over.
 * @param width of a vector
 */
export async function keptVectors(
  { store, now, signal, progress }: JobContext,
  { texts, ...key }: VectorsKey,
  width: number,
): Promise<EmbedHooks> {
  const id = await hashJson(['vectors', key, await hashJson(texts)]);
  const start = await readPart(id, store, texts.length * width);
  let keptAt = now();
  let keptDone = start?.done ?? 0;
  let isLong = start !== null;
  const keep = async ({ done, vectors }: EmbeddedPart): Promise<void> => {
    await store.putArtefact(id, 'vectors', { done, vectors });
    keptAt = now();
    keptDone = done;
  };
  return {
    signal,
    start,
    onProgress: ({ done, total }) => {
      progress(done, total, 'items');
    },
    onPart: async (part) => {
      if (now() - keptAt >= KEEP_AFTER_MS) isLong = true;
      else if (!isLong || (part.done < texts.length && !signal.aborted)) return;
      if (part.done > keptDone) await keep(part);
    },
  };
}

/** Of an earlier run; what is damaged or of another size counts as none. */
async function readPart(
  id: string,
  store: JobContext['store'],
  length: number,
): Promise<EmbeddedPart | null> {
  try {
    const stored = await store.getArtefact(id);
    if (stored === null) return null;
    const part = asArtefact(vectorsArtefact, stored, 'vectors');
    return part.vectors.length === length ? part : null;
  } catch {
    return null;
  }
}
