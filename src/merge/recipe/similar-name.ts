/** What to say of a name that nothing has: the one that was probably meant, and all there are. */
export function unknownName(what: string, name: string, known: readonly string[]): string {
  const similar = similarName(name, known);
  const meant = similar === null ? '' : ` Did you mean ${similar}?`;
  return `Unknown ${what}.${meant} Known are ${known.join(', ')}.`;
}

/** The known name that differs in case, hyphens or a letter or two; null where none comes near. */
export function similarName(name: string, known: readonly string[]): string | null {
  const wanted = plain(name);
  const same = known.find((one) => plain(one) === wanted);
  if (same !== undefined) return same;
  const mostEdits = wanted.length > 5 ? 2 : wanted.length > 3 ? 1 : 0;
  const near = known
    .map((one) => ({ one, edits: editsBetween(wanted, plain(one)) }))
    .filter(({ edits }) => edits <= mostEdits)
    .sort((a, b) => a.edits - b.edits);
  return near[0]?.one ?? null;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_ .]/g, '');
}

/** Letters to insert, remove, replace or swap with their neighbour. */
function editsBetween(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (isSame ? 0 : 1),
          isSwapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
