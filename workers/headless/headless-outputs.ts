import { writeCsv } from '../../src/io/csv-write.ts';
import { tablesOf } from '../../src/lab/analysis/analysis-tables.ts';
import { reportHtml } from '../../src/lab/report/report-html.ts';
import { resultsJson } from '../../src/lab/report/results-json.ts';
import type { RunDataFile } from '../../src/lab/export/run-data.ts';
import { clicksCsv, differencesCsv, usersCsv } from '../../src/lab/results/answers-csv.ts';
import type { RunRecord } from '../../src/lab/report/run-info.ts';
import { resultsCsv } from '../../src/lab/results/results-csv.ts';
import { trialsCsv } from '../../src/lab/work/search-rows.ts';
import type { ContextStatistics, ExportedFile, LabApi, RunOutcome } from '../lab/api.ts';

/** Where results go; a file or folder of results is there whole or not at all. */
export interface OutFolder {
  writeFile(path: string, content: string): Promise<void>;
  /** In the place of an older one. */
  writeFolder(path: string, files: readonly ExportedFile[]): Promise<void>;
}

/** What of the data goes with the results. */
export interface RunDataFiles {
  readonly files: readonly RunDataFile[];
  readonly contexts: readonly ContextStatistics[];
}

/** Writes everything a run leaves behind into the out folder. */
export async function writeOutputs(
  lab: Pick<LabApi, 'exportCheckpoint'>,
  record: RunRecord,
  outcome: Pick<RunOutcome, 'analyses' | 'checkpoints'> & { readonly data: RunDataFiles | null },
  out: OutFolder,
  onWritten: (path: string) => Promise<void>,
): Promise<void> {
  const write = async (path: string, content: string): Promise<void> => {
    await out.writeFile(path, content);
    await onWritten(path);
  };
  await write('results.csv', resultsCsv(record.rows));
  if (record.reference !== null) {
    await write('differences.csv', differencesCsv(record.differences));
  }
  if (outcome.data !== null) await writeData(record, outcome.data, write);
  if (record.searches.length > 0) await write('trials.csv', trialsCsv(record.searches));
  await write('report.html', reportHtml(record));
  const names = folderNames(
    outcome.analyses.map(({ name, seed }) => (seed === 0 ? name : `${name} seed ${seed}`)),
  );
  for (const [index, result] of outcome.analyses.entries()) {
    const path = `analysis/${names[index] ?? result.id}`;
    await write(`${path}.json`, `${JSON.stringify(result)}\n`);
    for (const { id, header, rows } of tablesOf(result)) {
      await write(`${path}.${id}.csv`, writeCsv(header, rows));
    }
  }
  const { checkpoints } = outcome;
  const folders = folderNames(checkpoints.map(({ name }) => name));
  for (const [index, checkpoint] of checkpoints.entries()) {
    const folder = `checkpoints/${folders[index] ?? checkpoint.id}`;
    await out.writeFolder(folder, await lab.exportCheckpoint(checkpoint.id));
    await onWritten(`${folder}/`);
  }
  // Last: whoever finds it finds the rest.
  await write('results.json', resultsJson(record));
}

/** What each user was answered, and the data that the answers are about. */
async function writeData(
  { answers }: RunRecord,
  { files, contexts }: RunDataFiles,
  write: (path: string, content: string) => Promise<void>,
): Promise<void> {
  const [users, clicks] = [usersCsv(answers), clicksCsv(answers)];
  if (users !== null) await write('users.csv', users);
  if (clicks !== null) await write('clicks.csv', clicks);
  await write('data/contexts.csv', contextsCsv(contexts));
  const domains = [...new Set(files.flatMap(({ domain }) => domain ?? []))];
  const folders = folderNames(domains);
  for (const { domain, name, text } of files) {
    const folder = domain === null ? '' : `${folders[domains.indexOf(domain)] ?? domain}/`;
    await write(`data/${folder}${name}`, text);
  }
}

function contextsCsv(contexts: readonly ContextStatistics[]): string {
  const header = ['domain', 'window', 'interactions', 'users', 'items', 'samples'];
  return writeCsv(
    [...header, 'new_item_share'],
    contexts.flatMap(({ domain, interactions, users, items, periods }) => [
      [domain, 'all', interactions, users, items, null, null],
      ...periods.map((one) => [
        ...[domain, one.name, one.interactions, one.users, one.items, one.samples],
        one.newItemShare,
      ]),
    ]),
  );
}

/** Folder names every file system takes; two names that would meet get a number. */
export function folderNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const plain =
      name.replace(/[^\p{L}\p{N}._=-]+/gu, '-').replace(/^[.-]+|[.-]+$/g, '') || 'model';
    let folder = plain;
    for (let count = 2; taken.has(folder.toLowerCase()); count++) folder = `${plain}-${count}`;
    taken.add(folder.toLowerCase());
    return folder;
  });
}
