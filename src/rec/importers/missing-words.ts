/** What programs write where a cell has no value: pandas, R, SQL dumps, errors of spreadsheets. */
const ALWAYS = [
  ...['nan', 'NaN', 'NAN', '-nan', 'null', 'NULL', '<NA>', '#N/A', '#NA', '\\N'],
  ...['#REF!', '#VALUE!', '#NAME?', '#DIV/0!', '#NUM!', '#NULL!'],
];
/** No title and no category, though they might be a word of one. */
const IN_TEXTS = [...ALWAYS, 'None', 'N/A', 'n/a'];
/** No user and no item. A domain may well be called so: "NA" is a continent. */
const IN_IDS = [...IN_TEXTS, 'NA', 'none', 'NONE', 'Null', 'NaT', 'undefined'];

const WORDS = {
  domain: new Set(ALWAYS),
  text: new Set(IN_TEXTS),
  id: new Set(IN_IDS),
} as const;

/** Whether a cell holds a word that stands for a missing value rather than a value. */
export function isMissingWord(text: string, role: keyof typeof WORDS): boolean {
  return WORDS[role].has(text.trim());
}
