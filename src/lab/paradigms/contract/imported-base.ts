import type { Experiment, ImportedBaseModel } from '../../experiment/experiment-types.ts';

export type ImportedKind = ImportedBaseModel['kind'];

/** A kind of model that cells may start from, as it lies in a folder. */
export interface BaseForm<Kind extends ImportedKind = ImportedKind> {
  readonly kind: Kind;
  /** Without an article: "behaviour model". */
  readonly title: string;
  /** What a page says of the choice. */
  readonly help: string;
  /** Files of the folder. */
  readonly files: string;
  /** Whether hubs of models have such. */
  readonly isOfHub: boolean;
  /** What a document writes that starts from one: "paradigm: discriminative". */
  readonly written: string;
}

/** How what the files of a base say becomes part of an experiment. */
export interface BaseImport<Model extends ImportedBaseModel = ImportedBaseModel> {
  readonly form: BaseForm<Model['kind']>;
  /** Whether the document starts from such files. */
  isOf(experiment: Experiment): boolean;
  /** @errors layout-mismatch for other sizes than the document writes; limit-exceeded */
  fill(experiment: Experiment, imported: Model): Experiment;
}
