import { commonSections } from '../../lab/experiment/common-sections.ts';
import type { ParadigmDocument } from '../../lab/paradigms/contract/paradigm-document.ts';
import { draftParadigm } from '../../lab/paradigms/document-list.ts';
import { settingFields, type SettingField } from './setting-fields.ts';

/** Keys with views and forms of their own: data, stages, merges and what measures them. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  ...['schema', 'name', 'data', 'merges', 'searches', 'analysis'],
  ...['contexts.stages', 'contexts.test'],
]);

/** What a document of this paradigm may say beside data, periods, merges and analyses. */
export function settingSections(paradigm: unknown): readonly SettingField[] {
  const document = draftParadigm(paradigm);
  const known = made.get(document);
  if (known !== undefined) return known;
  const fields = settingFields({ ...document.sections, ...commonSections.entries })
    .filter(({ key }) => !ELSEWHERE.has(key))
    .map(withoutElsewhere);
  made.set(document, fields);
  return fields;
}

/** A schema does not change while the page is open. */
const made = new WeakMap<ParadigmDocument, readonly SettingField[]>();

function withoutElsewhere(field: SettingField): SettingField {
  const { shape } = field;
  if (shape.kind !== 'section') return field;
  const fields = shape.fields.filter(({ key }) => !ELSEWHERE.has(`${field.key}.${key}`));
  return { ...field, shape: { kind: 'section', fields } };
}
