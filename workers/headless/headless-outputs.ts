import { writeCsv } from '../../src/io/csv-write.ts';
import { fileNames } from '../../src/io/file-names.ts';
import { tablesOf } from '../../src/lab/analysis/analysis-tables.ts';
import { reportHtml } from '../../src/lab/report/report-html.ts';
import { resultsJson } from '../../src/lab/report/results-json.ts';
import { differencesCsv } from '../../src/lab/results/answers-csv.ts';
import type { RunRecord } from '../../src/lab/report/run-info.ts';
import { choicesCsv } from '../../src/lab/results/choices-csv.ts';
import { resultsCsv } from '../../src/lab/results/results-csv.ts';
import { trialsCsv } from '../../src/lab/work/search-rows.ts';
import type { ExportedFile, RunOutcome } from '../lab/api.ts';
import { writeData, type RunDataFiles } from './write-data.ts';

/** Where results go; a file or folder of results is there whole or not at all. */
export interface OutFolder {
  writeFile(path: string, content: string): Promise<void>;
  /** In the place of an older one. Neighbours under one name are one file, in pieces. */
  writeFolder(
    path: string,
    pieces: Iterable<ExportedFile> | AsyncIterable<ExportedFile>,
  ): Promise<void>;
}

/** A checkpoint's files in order, a large one in pieces that follow each other. */
export interface PiecewiseExport {
  exportPieces(id: string): AsyncIterable<ExportedFile>;
}

/** Writes everything a run leaves behind into the out folder. */
export async function writeOutputs(
  lab: PiecewiseExport,
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
  if (outcome.data !== null) await writeData(record.answers, outcome.data, write);
  if (record.searches.length > 0) await write('trials.csv', trialsCsv(record.searches));
  const { choices = [] } = record;
  if (choices.length > 0) await write('training.csv', choicesCsv(choices));
  await write('report.html', reportHtml(record));
  const names = fileNames(
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
  const folders = fileNames(checkpoints.map(({ name }) => name));
  for (const [index, checkpoint] of checkpoints.entries()) {
    const folder = `checkpoints/${folders[index] ?? checkpoint.id}`;
    await out.writeFolder(folder, lab.exportPieces(checkpoint.id));
    await onWritten(`${folder}/`);
  }
  // Last: whoever finds it finds the rest.
  await write('results.json', resultsJson(record));
}
