import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pairLines, valueLines } from '../../bench/leading/markdown.ts';
import { LEADING_PAIRS } from '../../bench/leading/rows.ts';
import type { LeadingTable, TableRow } from '../../bench/leading/table.ts';

const at = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const table = JSON.parse(at('bench/results/amazon/table.json')) as LeadingTable;

/** Cells of a line, whatever widths the formatter gave its columns. */
const cellsOf = (line: string) => line.split('|').map((cell) => cell.trim());
const tableLines = (text: string) => text.split('\n').filter((line) => line.startsWith('|'));

function rowOf(label: string): TableRow {
  const found = table.rows.find((row) => row.label === label);
  if (found === undefined) throw new Error(`The table has no line "${label}".`);
  return found;
}

/** All four numbers: recall and NDCG of both domains. */
const numbersOf = (label: string) =>
  rowOf(label).contexts.flatMap(({ measured }) => [measured.recall.value, measured.ndcg.value]);

/** Every number of one line minus that of another. */
const gaps = (label: string, other: string) => {
  const others = numbersOf(other);
  return numbersOf(label).map((value, index) => value - (others[index] ?? NaN));
};

describe('the stored table of Amazon', () => {
  it('leads the README, number by number', () => {
    const lines = tableLines(at('README.md')).map(cellsOf);
    const wanted = [...valueLines(table), ...pairLines(table, LEADING_PAIRS)]
      .filter((line) => !line.startsWith('| -'))
      .map(cellsOf);
    expect(lines[0]).toEqual(wanted[0]);
    for (const cells of wanted) expect(lines).toContainEqual(cells);
  });

  it('has both domains with all test users, and three seeds of what is trained here', () => {
    for (const { label, contexts } of table.rows) {
      expect(
        contexts.map(({ users }) => users),
        label,
      ).toEqual([2024, 1987]);
    }
    for (const label of ['SASRec', 'compact semantic ids', 'averaged chain', 'chain of stages']) {
      expect(rowOf(label).seeds, label).toEqual([1, 2, 3]);
    }
  });

  it('has differences that are those of its numbers', () => {
    expect(table.differences.length).toBeGreaterThan(0);
    for (const { label, reference, domain, paired } of table.differences) {
      const of = (name: string) =>
        rowOf(name).contexts.find((context) => context.domain === domain)?.measured;
      const [own, other] = [of(label), of(reference)];
      const several = rowOf(label).seeds.length === rowOf(reference).seeds.length;
      // A line of one seed meets that seed of the reference alone.
      if (!several && rowOf(reference).seeds[0] !== 0 && rowOf(label).seeds[0] !== 0) continue;
      const gap = (own?.ndcg.value ?? NaN) - (other?.ndcg.value ?? NaN);
      expect(paired.ndcg.difference, `${label} − ${reference}`).toBeCloseTo(gap, 8);
      expect(paired.ndcg.low).toBeLessThan(paired.ndcg.difference);
    }
  });

  it('meets what it was made to show', () => {
    const least = (label: string, other: string) => Math.min(...gaps(label, other));
    const [office, , industrial] = numbersOf('SASRec');
    expect(office).toBeGreaterThan(10.3);
    expect(industrial).toBeGreaterThan(9.1);
    expect(least('compact semantic ids', 'SASRec')).toBeGreaterThanOrEqual(0);
    expect(least('compact ids + co-occurrence', 'item co-occurrence')).toBeGreaterThanOrEqual(0);
    const long = ['averaged chain, 8 epochs each', 'chain of stages, 8 epochs each'] as const;
    expect(least(...long)).toBeGreaterThanOrEqual(0);
  });

  it('says what embeddings of texts miss, on both domains', () => {
    for (const reference of ['SASRec', 'item co-occurrence']) {
      const own = table.differences.filter(
        (row) => row.label === 'embeddings' && row.reference === reference,
      );
      expect(own).toHaveLength(2);
      for (const { paired } of own) expect(paired.ndcg.high, reference).toBeLessThan(0);
    }
    expect(Math.min(...gaps('embeddings', 'most popular'))).toBeGreaterThan(2);
    expect(Math.min(...gaps('embeddings', 'semantic ids, LC-Rec’s form'))).toBeGreaterThan(0);
  });

  it('says where titles are, of which one shop is below what is most popular', () => {
    for (const { label, paired } of table.differences) {
      if (label === 'titles') expect(paired.recall.high).toBeLessThan(0);
    }
    const [office, officeNdcg, industrial, industrialNdcg] = gaps('titles', 'most popular');
    expect(Math.min(office ?? NaN, officeNdcg ?? NaN)).toBeGreaterThan(0);
    expect(Math.max(industrial ?? NaN, industrialNdcg ?? NaN)).toBeLessThan(0);
  });

  it('does not show that averaging helps a chain that chose its epochs', () => {
    const own = table.differences.filter(
      ({ label, reference }) => label === 'averaged chain' && reference === 'chain of stages',
    );
    expect(own).toHaveLength(2);
    for (const { recall, ndcg } of own.map(({ paired }) => paired)) {
      for (const { low, high } of [recall, ndcg]) {
        expect(low).toBeLessThan(0);
        expect(high).toBeGreaterThan(0);
      }
    }
  });
});
