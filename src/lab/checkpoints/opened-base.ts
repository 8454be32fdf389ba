import type { ByteSource } from '../../io/byte-source.ts';
import { isBehaviourFolder } from '../../rec/checkpoints/import-behaviour.ts';
import { importBase, type ImportedBase, type LanguageSummary } from './imported-base.ts';
import {
  importBehaviourBase,
  type BehaviourSummary,
  type ImportedBehaviour,
} from './imported-behaviour.ts';

/** What documents with `base: { source: import }` start from. */
export type OpenedBase = ImportedBase | ImportedBehaviour;
export type BaseSummary = LanguageSummary | BehaviourSummary;

/** Reads a base, whichever its config.json says it is. @errors as importBase, importBehaviourBase */
export async function openBase(
  files: readonly ByteSource[],
  options: Parameters<typeof importBase>[1] = {},
): Promise<OpenedBase> {
  return (await isBehaviourFolder(files))
    ? importBehaviourBase(files, options)
    : importBase(files, options);
}
