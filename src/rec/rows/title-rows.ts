import { AppError } from '../../core/errors.ts';
import { IGNORED_TARGET, type TokenRow } from './token-rows.ts';
import type { TrainingRow } from './training-rows.ts';
import { BOS_TOKEN } from '../semantic-ids/vocabulary.ts';

/** How histories of titles become tokens: the same for training and for prompts. */
export interface TitleFormat {
  /** Per item the tokens of its title, cut to a maximum by the caller; never the separator. */
  readonly itemTokens: readonly (readonly number[])[];
  /** Follows every title, and so ends a generated one. */
  readonly separator: number;
  /** Most positions of a prompt; whole items are left out at its old end. */
  readonly promptPositions: number;
  /** First token; BOS_TOKEN when absent. */
  readonly bos?: number;
  /** Tokens before the history: an instruction, as in BIGRec's user turn. */
  readonly promptTokens?: readonly number[];
  /** Tokens before each answer, not scored: `Recommended Item Title:`. */
  readonly answerLabel?: readonly number[];
}

export interface TitleRowOptions {
  /**
   * What becomes of rows that do not fit. `targets`: every scored item sees as much of its history
   * as a prompt would show. `windows`: the row is cut from its newest end into windows that overlap
   * by one item, for rows that score all their items; items at the start of a window see less.
   */
  readonly fit: 'targets' | 'windows';
}

/**
 * Token rows of the text-grounded paradigm: [bos] title₁ sep title₂ sep …, each title followed by
 * the separator, without the very last token. Scored are the tokens of scored items and their
 * separators; under causal attention targets whose windows begin at the same item share a row.
 *
 * BIGRec's chat prompt (Bao et al. 2023, arXiv:2308.08434) is longer: a user turn with the role,
 * a block of title and description for each item, then an assistant turn with the label
 * `Recommended Item Title: ` and the title, label and end token scored too. There every target
 * costs a row of its own. Here the history itself is the sequence of answers, so that a row scores
 * several of them. With `answerLabel` every target has its own row again:
 * [bos] prompt title₁ sep … titleₙ sep label target sep, scored on the target and its separator.
 * @errors data-invalid for items without text; limit-exceeded when a prompt cannot hold one item
 */
export function titleRows(
  rows: readonly TrainingRow[],
  format: TitleFormat,
  { fit }: TitleRowOptions = { fit: 'targets' },
): TokenRow[] {
  checkFormat(format);
  const { answerLabel = [] } = format;
  return rows.flatMap((row) => {
    if (answerLabel.length > 0) return labelledRows(row, format);
    return fit === 'targets' ? targetRows(row, format) : windowRows(row, format);
  });
}

/** The tokens that a title is decoded from: the newest items that fit, then the label if any. */
export function titlePrompt(history: readonly number[], format: TitleFormat): number[] {
  checkFormat(format);
  const start = windowStart(history, history.length, format);
  return [
    ...opening(format),
    ...titles(history.slice(start), format),
    ...(format.answerLabel ?? []),
  ];
}

/** One row for each place where the windows of scored items begin. */
function targetRows({ items, scored }: TrainingRow, format: TitleFormat): TokenRow[] {
  const byStart = new Map<number, number[]>();
  scored.forEach((isScored, index) => {
    if (!isScored) return;
    const start = windowStart(items, index, format);
    byStart.set(start, [...(byStart.get(start) ?? []), index]);
  });
  return [...byStart].map(([start, targets]) => {
    const end = Math.max(...targets) + 1;
    return rowOf(items, start, end, (index) => targets.includes(index), format);
  });
}

function windowRows({ items, scored }: TrainingRow, format: TitleFormat): TokenRow[] {
  const rows: TokenRow[] = [];
  let end = scored.lastIndexOf(true) + 1;
  while (end > 0) {
    const start = windowStart(items, end - 1, format);
    // The first item of a window has no history; it is scored at the end of the next one.
    const first = start === 0 ? 0 : start + 1;
    const isScored = (index: number) => index >= first && scored[index] === true;
    rows.push(rowOf(items, start, end, isScored, format));
    end = scored.lastIndexOf(true, first - 1) + 1;
    if (first === 0) break;
  }
  return rows.reverse();
}

function labelledRows({ items, scored }: TrainingRow, format: TitleFormat): TokenRow[] {
  return items.flatMap((item, index) => {
    if (scored[index] !== true) return [];
    const prompt = titlePrompt(items.slice(0, index), format);
    const answer = titles([item], format);
    const ids = [...prompt, ...answer.slice(0, -1)];
    const unscored = new Array<number>(prompt.length - 1).fill(IGNORED_TARGET);
    return [{ ids, targets: [...unscored, ...answer] }];
  });
}

function rowOf(
  items: readonly number[],
  start: number,
  end: number,
  isScored: (index: number) => boolean,
  format: TitleFormat,
): TokenRow {
  const before = opening(format);
  const ids = [...before];
  const targets = new Array<number>(before.length - 1).fill(IGNORED_TARGET);
  for (let index = start; index < end; index++) {
    const own = titles(items.slice(index, index + 1), format);
    ids.push(...own);
    targets.push(...(isScored(index) ? own : own.map(() => IGNORED_TARGET)));
  }
  return { ids: ids.slice(0, -1), targets };
}

/** First history item of the target at `end` that a prompt holds. @errors limit-exceeded */
function windowStart(items: readonly number[], end: number, format: TitleFormat): number {
  let room = format.promptPositions - opening(format).length - (format.answerLabel ?? []).length;
  let start = end;
  while (start > 0) {
    room -= titleOf(items[start - 1], format).length + 1;
    if (room < 0) break;
    start -= 1;
  }
  if (start < end || end === 0) return start;
  throw new AppError(
    'limit-exceeded',
    `A prompt of ${String(format.promptPositions)} tokens cannot hold the title of one item.`,
    { hint: 'Cut titles shorter or give the model more positions.' },
  );
}

function opening({ bos = BOS_TOKEN, promptTokens = [] }: TitleFormat): number[] {
  return [bos, ...promptTokens];
}

/** Titles with their separators. */
function titles(items: readonly number[], format: TitleFormat): number[] {
  return items.flatMap((item) => [...titleOf(item, format), format.separator]);
}

function titleOf(item: number | undefined, { itemTokens }: TitleFormat): readonly number[] {
  const tokens = itemTokens[item ?? -1];
  if (tokens !== undefined) return tokens;
  throw new AppError('invalid-argument', `Item ${String(item)} has no title.`);
}

/** Formats that were found good: the check walks over all items. */
const checked = new WeakSet<TitleFormat>();

/** @errors data-invalid naming the first items without text or with a separator inside */
function checkFormat(format: TitleFormat): void {
  if (checked.has(format)) return;
  const { itemTokens, separator } = format;
  const faults = itemTokens.flatMap((tokens, item) => {
    const place = `item ${String(item)}`;
    if (tokens.length === 0) return [{ place, message: 'has no text' }];
    return tokens.includes(separator) ? [{ place, message: 'contains the separator' }] : [];
  });
  if (faults.length > 0) {
    throw new AppError('data-invalid', `${String(faults.length)} items have no usable title.`, {
      hint: 'Leave these items out or give them titles; titles are single lines.',
      faults: faults.slice(0, 20),
    });
  }
  checked.add(format);
}
