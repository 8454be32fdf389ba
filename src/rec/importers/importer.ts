import type { FileContent } from '../../io/open-bytes.ts';
import type { Dataset } from '../data/types.ts';
import type { KnownFile } from './known-files.ts';

/** One file given to an importer; the name is its base name or path, the content may be gzip. */
export interface InputFile {
  readonly name: string;
  /** Of a file in a zip its entry. */
  readonly blob: FileContent;
  /** Where it is a file that no importer reads. */
  readonly known?: KnownFile;
}

/** Receives the number of (compressed) bytes just read, for progress. */
export type OnBytes = (count: number) => void;

/** A way of turning files of one known layout into a data set. One file of `importers/` each. */
export interface Importer<Source> {
  /** Value of `importer` in the experiment's `data` section. */
  readonly id: string;
  readonly title: string;
  /** Where the data set is published; '' when there is no single place. */
  readonly sourceUrl: string;
  /** Terms of use in one sentence, shown before an import. */
  readonly terms: string;
  /** @errors data-invalid (faults with file:line), data-missing, limit-exceeded */
  read(source: Source, files: readonly InputFile[], onBytes: OnBytes): Promise<Dataset>;
}
