import type { FuzzKind } from './fuzz-kind.ts';
import { archivesKind } from './kinds/archives.ts';
import { documentsKind } from './kinds/documents.ts';
import { linksKind } from './kinds/links.ts';
import { modelFoldersKind } from './kinds/model-folders.ts';
import { packsKind } from './kinds/packs.ts';
import { recipesKind } from './kinds/recipes.ts';
import { safetensorsKind } from './kinds/safetensors.ts';
import { storeFilesKind } from './kinds/store-files.ts';
import { storeRowsKind } from './kinds/store-rows.ts';
import { tablesKind } from './kinds/tables.ts';

/** Everything that comes from outside and is read. */
export const FUZZ_KINDS: readonly FuzzKind[] = [
  safetensorsKind,
  tablesKind,
  documentsKind,
  recipesKind,
  modelFoldersKind,
  linksKind,
  archivesKind,
  packsKind,
  storeRowsKind,
  storeFilesKind,
];
