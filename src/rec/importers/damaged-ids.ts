type IdKind = 'user' | 'item';

/** Digits that a spreadsheet keeps of a number; what comes after them becomes zeros. */
const EXACT_DIGITS = 15;
/** Rows with numbers that end in zeros before they are taken for rounded ones. */
const SUSPICIOUS_ROWS = 10;
const SHOWN = 3;

const SCIENTIFIC = /^[+-]?\d+([.,]\d+)?[eE]\+?\d+$/;
const DECIMAL = /^\d+[.,]0+$/;

/**
 * Counts the rows whose ids a spreadsheet or a table tool has changed on the way: they are ids like
 * others, but several users may have become one. Ids are text: `00012` and `12` are two.
 */
export class DamagedIds {
  private readonly scientific = {
    user: new Map<string, number>(),
    item: new Map<string, number>(),
  };
  private readonly decimals = { user: 0, item: 0 };
  private readonly long = { user: { all: 0, zeros: 0 }, item: { all: 0, zeros: 0 } };

  see(id: string, kind: IdKind): void {
    const first = id.charCodeAt(0);
    const isNumberLike = (first >= 48 && first <= 57) || first === 43 || first === 45;
    if (!isNumberLike) return;
    if (isRounded(id)) {
      const rows = this.scientific[kind];
      rows.set(id, (rows.get(id) ?? 0) + 1);
    } else if (DECIMAL.test(id)) {
      this.decimals[kind] += 1;
    } else if (id.length > EXACT_DIGITS && /^\d+$/.test(id)) {
      const count = this.long[kind];
      count.all += 1;
      if (/^0+$/.test(id.slice(EXACT_DIGITS))) count.zeros += 1;
    }
  }

  /** One warning a kind of damage, with the number of rows and the first values. */
  notes(): string[] {
    return (['user', 'item'] as const).flatMap((kind) => [
      ...this.scientificNote(kind),
      ...this.decimalNote(kind),
      ...this.zerosNote(kind),
    ]);
  }

  private scientificNote(kind: IdKind): string[] {
    const values = [...this.scientific[kind]];
    if (values.length === 0) return [];
    const rows = values.reduce((sum, [, count]) => sum + count, 0);
    const shown = values.slice(0, SHOWN).map(([id, count]) => `"${id}" on ${String(count)}`);
    const more = values.length > SHOWN ? ', …' : '';
    return [
      `Warning: ${String(rows)} rows have ${kind} ids in scientific notation (${shown.join(', ')}${more}). ` +
        `A spreadsheet has rounded these numbers, so different ${kind}s may have become one: export the column as text.`,
    ];
  }

  private decimalNote(kind: IdKind): string[] {
    const rows = this.decimals[kind];
    if (rows === 0) return [];
    return [
      `Warning: ${String(rows)} rows have ${kind} ids that end in ".0": a table tool has made numbers of them. ` +
        'They are kept as text and match no id without it in other files.',
    ];
  }

  private zerosNote(kind: IdKind): string[] {
    const { all, zeros } = this.long[kind];
    if (zeros < SUSPICIOUS_ROWS || 2 * zeros < all) return [];
    return [
      `Warning: ${String(zeros)} of ${String(all)} rows with long ${kind} ids have only zeros after ${String(EXACT_DIGITS)} digits. ` +
        `A spreadsheet may have rounded them, so different ${kind}s may have become one: export the column as text.`,
    ];
  }
}

/** "5,58E+12" and "1.2e9", but not "12E5", which may be a name of a part. */
function isRounded(id: string): boolean {
  return SCIENTIFIC.test(id) && /[.,]|[eE]\+/.test(id);
}
