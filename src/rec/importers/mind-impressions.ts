import { AppError } from '../../core/errors.ts';
import { readCsv } from '../../io/csv.ts';
import { readText } from '../../io/read-text.ts';
import type { ImportSession } from './import-session.ts';
import type { InputFile, OnBytes } from './importer.ts';

/** One list of candidates shown to a user, with what was clicked. */
export interface MindImpression {
  readonly id: string;
  readonly user: string;
  readonly timeMs: number;
  /** Articles read before, oldest first, without times. */
  readonly history: readonly string[];
  readonly candidates: readonly string[];
  /** Per candidate. */
  readonly clicked: readonly boolean[];
}

/** Tab-separated without a header; quotation marks are ordinary characters. */
export const MIND_FORMAT = { delimiter: '\t', quoted: false } as const;

/**
 * Calls `onImpression` for every line of a MIND `behaviors.tsv`; bad lines become faults of the
 * session. Times carry no zone and are taken as UTC.
 */
export async function readMindImpressions(
  file: InputFile,
  session: ImportSession,
  onBytes: OnBytes,
  onImpression: (impression: MindImpression) => void,
): Promise<void> {
  let rows = 0;
  let unlabelled = 0;
  const idOf = itemIds(session);
  await readCsv(readText(file.blob, file.name, onBytes), file.name, MIND_FORMAT, {
    onRow(fields, line) {
      rows += 1;
      if (isUnlabelled(fields)) unlabelled += 1;
      const impression = impressionOf(fields, `${file.name}:${String(line)}`, session, idOf);
      if (impression !== null) onImpression(impression);
    },
    onFault(message, line) {
      rows += 1;
      session.faults.add(`${file.name}:${String(line)}`, message);
    },
  });
  if (rows > 0 && unlabelled === rows) throw testSplit(file.name, rows);
  session.fileRead(file.name, rows, 'impressions');
}

/** Candidates without a word on what was clicked. */
function isUnlabelled(fields: readonly string[]): boolean {
  const candidates = words(fields[4] ?? '');
  return candidates.length > 0 && candidates.every((candidate) => !/-[01]$/.test(candidate));
}

function testSplit(name: string, rows: number): AppError {
  return new AppError(
    'data-invalid',
    `${name} is the test split of MIND: none of its ${String(rows)} impressions says what was clicked.`,
    {
      hint: 'Give behaviors.tsv and news.tsv of a training or validation split, such as MINDsmall_train or MINDlarge_dev. Nothing was imported.',
      faults: [{ place: name, message: 'candidates without labels (-0, -1)' }],
    },
  );
}

function impressionOf(
  fields: readonly string[],
  place: string,
  session: ImportSession,
  idOf: IdOf,
): MindImpression | null {
  const [id = '', userText = '', timeText = '', historyText = '', candidateText = ''] = fields;
  if (fields.length !== 5) {
    session.faults.add(place, `${String(fields.length)} fields where MIND has 5`);
    return null;
  }
  const user = session.id(userText, 'user', place);
  if (user === null) return null;
  const iso = isoOf(timeText);
  if (iso === null) {
    session.faults.add(place, `time "${timeText.slice(0, 40)}" is not M/D/YYYY h:mm:ss AM/PM`);
    return null;
  }
  const timeMs = session.time(iso, 'iso', place);
  if (timeMs === null) return null;
  const candidates: string[] = [];
  const clicked: boolean[] = [];
  for (const candidate of words(candidateText)) {
    const match = /^(.+)-([01])$/.exec(candidate);
    if (match?.[1] === undefined) {
      session.faults.add(place, `candidate "${candidate.slice(0, 40)}" ends neither in -0 nor -1`);
      return null;
    }
    const item = idOf(match[1], place);
    if (item === null) return null;
    candidates.push(item);
    clicked.push(match[2] === '1');
  }
  const history: string[] = [];
  for (const word of words(historyText)) {
    const item = idOf(word, place);
    if (item === null) return null;
    history.push(item);
  }
  return { id, user, timeMs, history, candidates, clicked };
}

/** An item's id, or null after noting the fault. */
type IdOf = (text: string, place: string) => string | null;

/** The same items stand in list after list: each is looked at once. */
function itemIds(session: ImportSession): IdOf {
  const known = new Map<string, string>();
  return (text, place) => {
    const found = known.get(text) ?? session.id(text, 'item', place);
    if (found !== null) known.set(text, found);
    return found;
  };
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

/** "11/9/2019 6:42:51 PM" → "2019-11-09T18:42:51Z"; null when it has another form. */
function isoOf(text: string): string | null {
  const match = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2}):(\d{2}) (AM|PM)$/.exec(
    text.trim(),
  );
  if (match === null) return null;
  const [, month = '', day = '', year = '', hourText = '', minute = '', second = '', half = ''] =
    match;
  const twelve = Number(hourText);
  if (twelve < 1 || twelve > 12) return null;
  const hour = String((twelve % 12) + (half === 'PM' ? 12 : 0)).padStart(2, '0');
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T${hour}:${minute}:${second}Z`;
}
