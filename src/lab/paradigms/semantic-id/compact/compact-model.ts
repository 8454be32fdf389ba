import { wholeArena } from '../../../../core/arena-source.ts';
import { AppError } from '../../../../core/errors.ts';
import type { CodeTree } from '../../../../nn/compact-id-model/code-tree.ts';
import {
  CODE_EMBEDDINGS,
  codeRowCount,
  compactIdTable,
  PREFIX_VECTORS,
  type CompactIdConfig,
} from '../../../../nn/compact-id-model/compact-id-layout.ts';
import type { CheckpointMeta } from '../../../checkpoints/checkpoint-meta.ts';
import type {
  CheckpointSource,
  LabStore,
  StoredCheckpoint,
} from '../../../checkpoints/lab-store.ts';
import type { Restored } from '../../../experiment/restored.ts';
import { asArtefact, idsArtefact } from '../../../results/artefacts.ts';
import type { RestoredRows } from '../../contract/paradigm.ts';
import { compactConfigOf, treeOf } from './compact-config.ts';

/** A stored model of the compact form. */
export interface CompactCheckpoint extends StoredCheckpoint {
  readonly config: CompactIdConfig;
}

/** null for a model of another form. */
export function asCompact(stored: StoredCheckpoint): CompactCheckpoint | null {
  const config = compactConfigOf(stored.meta);
  return config === null ? null : { ...stored, config };
}

/** The same of a model that is read: one of this form is small, and comes into memory. */
export async function openCompact(source: CheckpointSource): Promise<CompactCheckpoint | null> {
  const { meta, parameters } = source;
  if (compactConfigOf(meta) === null) return null;
  return asCompact({ meta, parameters: await wholeArena(parameters) });
}

/** A domain's prefix tree. @errors data-invalid where there is nothing to choose */
export async function domainIds(
  store: LabStore,
  id: string,
  domain: string,
): Promise<{ readonly tree: CodeTree }> {
  const stored: unknown = await store.getArtefact(id);
  const { ids } = asArtefact(idsArtefact, stored, `semantic ids ${domain}`);
  return { tree: treeOf(ids) };
}

/**
 * Rows that mean what a domain's codebook says: its codes, or also the vectors of its prefixes.
 * @param what absent: both, where there are both
 * @errors internal for parts of embedding models, which documents of semantic ids are refused
 */
export function compactRows(
  config: CompactIdConfig,
  what: Restored = 'tables',
): readonly RestoredRows[] {
  const codes = { tensors: [CODE_EMBEDDINGS], fromRow: 0, toRow: codeRowCount(config) };
  const prefixes = { tensors: [PREFIX_VECTORS], fromRow: 0, toRow: config.nodes };
  switch (what) {
    case 'nothing':
      return [];
    case 'codes':
      return [codes];
    case 'tables':
      return config.prefixVectors ? [codes, prefixes] : [codes];
    case 'item-vectors':
    case 'user-encoder':
      throw new AppError('internal', `A model of semantic ids has no ${what}.`);
    case 'model':
      return wholeRows(compactIdTable(config).layout.entries);
  }
}

/** All rows of all tensors: of a model that is put back whole. */
export function wholeRows(
  entries: readonly { readonly name: string; readonly shape: readonly number[] }[],
): readonly RestoredRows[] {
  return entries.map(({ name, shape }) => ({
    ...{ tensors: [name], fromRow: 0, toRow: shape[0] ?? 0 },
  }));
}

/** Facts of a model that a merge of it keeps. */
export function compactFactsOf({ compact }: CheckpointMeta): Pick<CheckpointMeta, 'compact'> {
  return compact === undefined ? {} : { compact };
}
