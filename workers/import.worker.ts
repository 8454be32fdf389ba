import { transfer } from 'comlink';
import * as v from 'valibot';
import { AppError } from '../src/core/errors.ts';
import { impressionColumns } from '../src/rec/data/dataset-digest.ts';
import { importDataset } from '../src/rec/importers/import-files.ts';
import { fileSourceSchema } from '../src/rec/importers/source.ts';
import type { FileSource } from '../src/rec/importers/source.ts';
import type { ImportApi } from './lab/api.ts';
import { installErrorTransfer } from './rpc/rpc.ts';
import { exposeOfBuild } from './rpc/same-build.ts';

installErrorTransfer();

// An unhandled rejection does not reach the page's worker.onerror; an error thrown later does.
addEventListener('unhandledrejection', (event) => {
  setTimeout(() => {
    throw event.reason;
  });
});

const api: ImportApi = {
  async importFiles(sourceJson, files, onProgress) {
    const dataset = await importDataset(parseSource(sourceJson), files, (done, total) => {
      onProgress?.(done, total);
    });
    const columns = dataset.domains.flatMap(({ users, items, timesMs, impressions }) => [
      users.buffer,
      items.buffer,
      timesMs.buffer,
      ...(impressions === undefined ? [] : impressionColumns(impressions)).map(
        ({ buffer }) => buffer,
      ),
    ]);
    return transfer(dataset, columns);
  },
};

exposeOfBuild(api);

function parseSource(sourceJson: string): FileSource {
  let value: unknown;
  try {
    value = JSON.parse(sourceJson);
  } catch (cause) {
    throw new AppError('experiment-invalid', 'The data section is not JSON.', { cause });
  }
  const parsed = v.safeParse(fileSourceSchema, value);
  if (parsed.success) return parsed.output;
  throw new AppError('experiment-invalid', 'The data section of the experiment is wrong.', {
    hint: 'Correct the listed entries. Nothing was imported.',
    faults: parsed.issues.map((issue) => ({
      place: `data.${v.getDotPath(issue) ?? ''}`,
      message: issue.message,
    })),
  });
}
