import * as v from 'valibot';
import { commonSections, type ExperimentDocument } from '../experiment/common-sections.ts';
import { paradigmDocuments } from '../paradigms/document-list.ts';

/** The schema of the experiment document: what all have, and the sections of every paradigm. */
export function documentSchema(): v.GenericSchema<unknown, ExperimentDocument> {
  const documents = paradigmDocuments();
  const kinds = documents.map(({ kind }) => kind);
  const { schema, name, data, contexts, ...rest } = commonSections.entries;
  const sections = documents.reduce((all, one) => ({ ...all, ...one.sections }), {});
  const paradigm = v.optional(v.picklist(kinds), documents[0].kind);
  // The types of the sections are what the paradigms declare (`ParadigmSections`).
  return v.strictObject({
    ...{ schema, name, data, contexts, paradigm },
    ...sections,
    ...rest,
  });
}
