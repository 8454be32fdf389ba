import { SOURCE_KINDS } from '../../rec/importers/source.ts';
import type { SourceForm } from '../../rec/importers/source-kind.ts';

/** One way to bring data in, with the document's `data` section it starts from. */
export interface DataSource {
  readonly id: string;
  readonly title: string;
  /** What to give it; shown over the drop zone. */
  readonly files: string;
  readonly initial: Readonly<Record<string, unknown>>;
  readonly form?: SourceForm;
}

/** What needs no files, then files of one's own, then data sets that others publish. */
export const DATA_SOURCES: readonly DataSource[] = [
  {
    id: 'simulator',
    title: 'Simulator (built in)',
    files: '',
    initial: { source: 'simulator' },
  },
  ...fileSources((url) => url === ''),
  ...fileSources((url) => url !== ''),
];

function fileSources(isWanted: (sourceUrl: string) => boolean): DataSource[] {
  return SOURCE_KINDS.filter(({ sourceUrl }) => isWanted(sourceUrl)).map(
    ({ id, title, files, initial, form }) => ({
      id,
      title,
      files,
      initial: { importer: id, ...initial },
      ...(form !== undefined && { form }),
    }),
  );
}
