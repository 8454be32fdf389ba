import { AppError } from '../../core/errors.ts';
import { firstNames } from '../../core/notes.ts';
import type { TableReport } from '../../io/csv-table.ts';
import { FaultList } from '../../io/fault-list.ts';
import type { Dataset, InteractionLog } from '../data/types.ts';
import { datasetDigest } from '../data/dataset-digest.ts';
import { DamagedIds } from './damaged-ids.ts';
import type { InputFile } from './importer.ts';
import type { ItemFacts, LogBuilder } from './log-builder.ts';
import { isMissingWord } from './missing-words.ts';
import { isRoundedNumber, parseTime } from './time-stamp.ts';
import type { TimeUnit } from './time-stamp.ts';

const MAX_ID_CHARS = 256;
/** Files, domains and faults that have a note of their own; the others are counted. */
const LISTED = 5;

/**
 * What every importer needs while it reads: the faults found so far, the notes for the user, and
 * the rules for ids, times and the end of an import. Nothing leaves it before `finish` succeeds.
 */
export class ImportSession {
  readonly faults = new FaultList();
  /** Beside one for each file and one for each domain. */
  readonly notes: string[] = [];
  private readonly files: string[] = [];
  private readonly maxBadRows: number;
  private readonly unread: Map<string, string | undefined>;
  private readonly damaged = new DamagedIds();
  private rowsRead = 0;
  private roundedTimes = 0;
  private missingTexts = 0;

  /** @param files all that were given, to say which were not read */
  constructor(maxBadRows: number, files: readonly InputFile[] = []) {
    this.maxBadRows = maxBadRows;
    this.unread = new Map(files.map(({ name, known }) => [name, known?.what]));
  }

  /** Notes what one file held. */
  fileRead(name: string, rows: number, what = 'rows'): void {
    this.rowsRead += rows;
    this.unread.delete(name);
    this.files.push(`${name}: ${String(rows)} ${what}.`);
  }

  /** Says why a given file was not read. */
  leaveOut(name: string, what: string): void {
    this.unread.set(name, what);
  }

  /** Notes what one table held and in which dialect, with what quotation marks did in it. */
  tableRead(name: string, report: TableReport, what?: string): void {
    this.fileRead(name, report.rows, what);
    const { records, lines, firstLine } = report.spanning;
    if (records > 0) {
      this.notes.push(
        `${name}: ${String(records)} quoted fields span ${String(lines)} lines, the first from line ${String(firstLine)} on.`,
      );
    }
    if (report.keptQuotes > 0) {
      this.notes.push(
        `${name}: ${String(report.keptQuotes)} fields stand in quotation marks, which are kept as characters; "quoting: double" takes them as CSV does.`,
      );
    }
  }

  /** A user or item id, or null after noting the fault. Ids are text: `00012` is not `12`. */
  id(text: string, what: 'user' | 'item' | 'domain', place: string): string | null {
    const id = text.trim();
    const fault = idFault(id, what);
    if (fault !== null) {
      this.faults.add(place, fault);
      return null;
    }
    if (what !== 'domain') this.damaged.see(id, what);
    return id;
  }

  /** A title or category, '' where there is none or a word that stands for none. */
  text(text: string): string {
    if (!isMissingWord(text, 'text')) return text;
    this.missingTexts += 1;
    return '';
  }

  /** A time in ms UTC, or null after noting the fault. */
  time(text: string, unit: TimeUnit, place: string): number | null {
    const parsed = parseTime(text, unit);
    if ('ms' in parsed) {
      if (unit !== 'iso' && isRoundedNumber(text)) this.roundedTimes += 1;
      return parsed.ms;
    }
    this.faults.add(place, parsed.fault);
    return null;
  }

  /**
   * Ends the import: fails on bad rows over the allowance and on empty domains, else builds.
   * @errors data-invalid with faults file:line
   */
  async finish(
    name: string,
    builders: readonly LogBuilder[],
    factsOf: (domain: string) => ItemFacts,
  ): Promise<Dataset> {
    this.checkFaults();
    this.noteDamage();
    this.noteUnread();
    const empty = builders.filter(({ rows }) => rows === 0);
    if (empty.length > 0 || builders.length === 0) throw emptyDomains(empty);
    const domains: InteractionLog[] = [];
    const summaries: string[] = [];
    for (const builder of builders) {
      const { log, duplicates, cleaned } = builder.build(factsOf(builder.domain));
      summaries.push(summary(log, duplicates));
      this.notes.push(...cleaned, ...giantUser(log));
      domains.push(log);
    }
    const notes = [
      ...firstOf(this.files, 'files'),
      ...this.notes,
      ...firstOf(summaries, 'domains'),
    ];
    return { name, domains, digest: await datasetDigest(domains), notes };
  }

  private noteUnread(): void {
    if (this.unread.size === 0) return;
    const names = [...this.unread].map(([name, what]) =>
      what === undefined ? name : `${name} (${what})`,
    );
    this.notes.push(`${String(names.length)} files were not read: ${firstNames(names)}.`);
  }

  private noteDamage(): void {
    this.notes.push(...this.damaged.notes());
    if (this.roundedTimes > 0) {
      this.notes.push(
        `Warning: ${String(this.roundedTimes)} rows have a time in scientific notation with too few digits: their order is lost. Export the column as text.`,
      );
    }
    if (this.missingTexts > 0) {
      this.notes.push(
        `${String(this.missingTexts)} titles or categories are a word for a missing value (such as nan) and count as none.`,
      );
    }
  }

  private checkFaults(): void {
    const { total, listed, spanningLines } = this.faults;
    if (total === 0) return;
    const share = this.rowsRead === 0 ? 0 : (100 * total) / this.rowsRead;
    const count = `${String(total)} of ${String(this.rowsRead)} rows (${share.toFixed(2)} %)`;
    if (spanningLines > 0) {
      throw this.faults.toError(
        'data-invalid',
        `${count} cannot be imported; ${String(spanningLines)} of them are lines that a quotation mark joins.`,
        'Nothing was imported, and maxBadRows does not help: good rows would go. Where marks are ordinary characters, ' +
          'set "quoting: none" (importer csv); where they enclose fields, "quoting: double", and close or double the stray one.',
      );
    }
    if (total > this.maxBadRows) {
      throw this.faults.toError(
        'data-invalid',
        `${count} cannot be imported.`,
        `Nothing was imported. Correct the rows, or set maxBadRows to ${String(total)} to leave them out.`,
      );
    }
    this.notes.push(`${count} left out, as maxBadRows allows.`);
    const faults = listed.map(({ place, message }) => `${place}: ${message}`);
    this.notes.push(...firstOf(faults, 'rows', total));
  }
}

/** Rows and users from which on one user's share says something. */
const GIANT = { rows: 500, users: 20, share: 0.2 };

/** A user with a large part of all interactions is often a word for "nobody". */
function giantUser({ domain, userIds, users }: InteractionLog): string[] {
  if (users.length < GIANT.rows || userIds.length < GIANT.users) return [];
  const counts = new Uint32Array(userIds.length);
  for (const user of users) counts[user] = (counts[user] ?? 0) + 1;
  const most = counts.reduce((best, count) => Math.max(best, count), 0);
  if (most < GIANT.share * users.length) return [];
  const id = userIds[counts.indexOf(most)] ?? '';
  const percent = ((100 * most) / users.length).toFixed(0);
  return [
    `Warning: ${domain}: ${String(most)} interactions (${percent} %) are of one user, "${id}". Is that a person?`,
  ];
}

/** The first notes of one kind, and how many more there are. */
function firstOf(notes: readonly string[], what: string, all = notes.length): string[] {
  if (notes.length <= LISTED) return [...notes];
  return [...notes.slice(0, LISTED), `… and ${String(all - LISTED)} more ${what}.`];
}

/** Why a trimmed text is no id, or null. */
function idFault(id: string, what: 'user' | 'item' | 'domain'): string | null {
  if (id === '') return `no ${what}`;
  if (id.length > MAX_ID_CHARS) return `${what} id longer than ${String(MAX_ID_CHARS)}`;
  if (id.includes('\n')) return `${what} id of several lines`;
  if (!isMissingWord(id, what === 'domain' ? 'domain' : 'id')) return null;
  return `no ${what}: "${id}" stands for a missing value`;
}

function emptyDomains(empty: readonly LogBuilder[]): AppError {
  const names = empty.map(({ domain }) => `"${domain}"`).join(', ');
  const message =
    names === '' ? 'The files hold no interactions.' : `No interactions for ${names}.`;
  return new AppError('data-invalid', message, {
    hint: 'Check the names of the domains and that the files are complete. Nothing was imported.',
    faults: empty.map(({ domain }) => ({
      place: `domain "${domain}"`,
      message: 'no interactions',
    })),
  });
}

function summary(log: InteractionLog, duplicates: number): string {
  const untitled = log.titles?.filter((title) => title === '').length ?? 0;
  return (
    `${log.domain}: ${String(log.users.length)} interactions of ${String(log.userIds.length)} ` +
    `users with ${String(log.itemIds.length)} items` +
    (duplicates > 0 ? `, ${String(duplicates)} duplicates dropped` : '') +
    (untitled > 0 ? `, ${String(untitled)} items without a title` : '') +
    '.'
  );
}
