import * as v from 'valibot';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { importDataset } from '../../../src/rec/importers/import-files.ts';
import type { InputFile } from '../../../src/rec/importers/importer.ts';
import { fileSourceSchema } from '../../../src/rec/importers/source.ts';
import type { Dataset, InteractionLog } from '../../../src/rec/data/types.ts';

export function fileOf(name: string, content: string | Uint8Array<ArrayBuffer>): InputFile {
  return { name, blob: new Blob([content]) };
}

export function importFrom(source: unknown, files: readonly InputFile[]): Promise<Dataset> {
  return importDataset(v.parse(fileSourceSchema, source), files);
}

export async function faultOf(promise: Promise<unknown>): Promise<AppError> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
}

/** Rows as "user item time", in the order of the log. */
export function rowsOf(log: InteractionLog | undefined): string[] {
  if (log === undefined) return [];
  return [...log.users].map((user, row) =>
    [log.userIds[user], log.itemIds[log.items[row] ?? -1], String(log.timesMs[row])].join(' '),
  );
}

/** Real data beside the project; tests that need it are skipped by name where it is absent. */
export function realFolder(name: string): { readonly present: boolean; files(): InputFile[] } {
  const folder = new URL(`../../../../shared/data/${name}/`, import.meta.url);
  return {
    present: existsSync(folder),
    files: () =>
      readdirSync(folder).map((file) =>
        fileOf(file, new Uint8Array(readFileSync(new URL(file, folder)))),
      ),
  };
}
