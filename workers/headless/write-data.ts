import { writeCsv } from '../../src/io/csv-write.ts';
import { fileNames } from '../../src/io/file-names.ts';
import type { RunDataFile } from '../../src/lab/export/run-data.ts';
import type { RunAnswers } from '../../src/lab/results/answers.ts';
import { clicksCsv, usersCsv } from '../../src/lab/results/answers-csv.ts';
import type { ContextStatistics } from '../lab/api.ts';

/** What of the data goes with the results. */
export interface RunDataFiles {
  readonly files: readonly RunDataFile[];
  readonly contexts: readonly ContextStatistics[];
}

/** Writes what each user was answered, and the data that the answers are about. */
export async function writeData(
  answers: RunAnswers,
  { files, contexts }: RunDataFiles,
  write: (path: string, content: string) => Promise<void>,
): Promise<void> {
  const [users, clicks] = [usersCsv(answers), clicksCsv(answers)];
  if (users !== null) await write('users.csv', users);
  if (clicks !== null) await write('clicks.csv', clicks);
  const domains = contexts.map(({ domain }) => domain);
  const folders = new Map(fileNames(domains).map((folder, at) => [domains[at] ?? '', folder]));
  await write('data/contexts.csv', contextsCsv(contexts, folders));
  for (const { domain, name, text } of files) {
    const folder = domain === null ? '' : `${folders.get(domain) ?? domain}/`;
    await write(`data/${folder}${name}`, text);
  }
}

/** The folder of a domain is its name as every file system takes it. */
function contextsCsv(
  contexts: readonly ContextStatistics[],
  folders: ReadonlyMap<string, string>,
): string {
  const header = ['domain', 'folder', 'window', 'interactions', 'users', 'items', 'samples'];
  return writeCsv(
    [...header, 'new_item_share'],
    contexts.flatMap(({ domain, interactions, users, items, periods }) => {
      const place = [domain, folders.get(domain) ?? ''];
      return [
        [...place, 'all', interactions, users, items, null, null],
        ...periods.map((one) => [
          ...[...place, one.name, one.interactions, one.users, one.items, one.samples],
          one.newItemShare,
        ]),
      ];
    }),
  );
}
