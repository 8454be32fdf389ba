import type { ByteSource } from '../../io/byte-source.ts';
import { isBehaviourFolder } from '../../rec/checkpoints/import-behaviour.ts';
import { isCompactFolder } from '../../rec/checkpoints/import-compact.ts';
import { importBase, type ImportedBase, type LanguageSummary } from './imported-base.ts';
import {
  importBehaviourBase,
  type BehaviourSummary,
  type ImportedBehaviour,
} from './imported-behaviour.ts';
import {
  importCompactBase,
  type CompactSummary,
  type ImportedCompactBase,
} from './imported-compact.ts';

/** What documents with `base: { source: import }` start from. */
export type OpenedBase = ImportedBase | ImportedBehaviour | ImportedCompactBase;
export type BaseSummary = LanguageSummary | BehaviourSummary | CompactSummary;

/** Reads a base, whichever its config.json says it is. @errors as those below */
export async function openBase(
  files: readonly ByteSource[],
  options: Parameters<typeof importBase>[1] = {},
): Promise<OpenedBase> {
  if (await isCompactFolder(files)) return importCompactBase(files, options);
  return (await isBehaviourFolder(files))
    ? importBehaviourBase(files, options)
    : importBase(files, options);
}
