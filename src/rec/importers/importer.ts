import type * as v from 'valibot';
import type { FileContent } from '../../io/open-bytes.ts';
import type { Dataset } from '../data/types.ts';
import type { KnownFile, NamedFile } from './known-files.ts';
import type { SourceKind } from './source-kind.ts';

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

/**
 * A way of turning files of one known layout into a data set: the half that parses. One file of
 * `importers/` each, and a line in `importer-list.ts`.
 */
export interface Importer<Schema extends v.GenericSchema = v.GenericSchema> {
  /** What documents and pages know of it. */
  readonly source: SourceKind<Schema>;
  /** Files of its layout, by name: what another importer says that it was given. */
  readonly files: readonly NamedFile[];
  /** @errors data-invalid (faults with file:line), data-missing, limit-exceeded */
  read(
    source: v.InferOutput<Schema>,
    files: readonly InputFile[],
    onBytes: OnBytes,
  ): Promise<Dataset>;
}

/** Gives the settings of `read` the type that the schema has. */
export function defineImporter<Schema extends v.GenericSchema>(
  importer: Importer<Schema>,
): Importer<Schema> {
  return importer;
}
