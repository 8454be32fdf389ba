import { describe, expect, it } from 'vitest';
import { besideStored } from '../../bench/leading/beside-stored.ts';
import { differenceLines, valueLines } from '../../bench/leading/markdown.ts';
import { rankedUsers } from '../../bench/leading/read-users.ts';
import { leadingTable } from '../../bench/leading/table.ts';

const HEADER =
  'eval_domain,eval_period,split,model,kind,model_id,seed,own,user,target,rank,other_rank,recall@10,ndcg@10';

/** One line of `users.csv`; the worth of a rank is computed again, not read. */
const line = (
  model: string,
  seed: number,
  user: string,
  rank: number,
  { other = rank, own = 1, split = 'test', kind = 'cell' } = {},
) =>
  `Games,test,${split},${model},${kind},id-${model}-${seed},${seed},${own},${user},i1,${rank},${other},0,0`;

const read = (lines: readonly string[], label: string, model: string, isMasked = false) => {
  const file = { text: [HEADER, ...lines].join('\n'), place: 'users.csv', isMasked };
  return rankedUsers(file, { label, experiment: 'e', model });
};

const sasrec = [
  line('SASRec', 1, 'a', 1, { kind: 'baseline' }),
  line('SASRec', 1, 'b', 0, { kind: 'baseline' }),
  line('SASRec', 1, 'c', 2, { kind: 'baseline' }),
  line('SASRec', 2, 'a', 0, { kind: 'baseline' }),
  line('SASRec', 2, 'b', 0, { kind: 'baseline' }),
  line('SASRec', 2, 'c', 11, { kind: 'baseline', other: 10 }),
];
const cells = [
  ...['a', 'b', 'c'].map((user) => line('Games/all', 1, user, 1)),
  ...['a', 'b', 'c'].map((user) => line('Games/all', 2, user, user === 'c' ? 0 : 3)),
  // Of another context, window or model: not read.
  line('Games/all', 1, 'a', 0, { own: 0 }),
  line('Games/all', 1, 'a', 0, { split: 'validation' }),
  line('Games/phase1', 1, 'a', 0),
];

describe('the table that leads the README', () => {
  it('is the mean over seeds, with errors and differences by user', async () => {
    const table = leadingTable([
      { experiment: 'e', users: await read(sasrec, 'SASRec', 'SASRec') },
      { experiment: 'e', users: await read(cells, 'compact', 'all') },
    ]);
    const [reference, own] = table.rows;
    // a: 1 and 0, b: never, c: 1 and 0.
    expect(reference?.contexts[0]?.measured.recall.value).toBeCloseTo(100 / 3, 10);
    // With the mask c's second rank is 10.
    expect(reference?.contexts[0]?.measured.recall.masked).toBeCloseTo(50, 10);
    // a and b always, c once: 100, 100, 50.
    expect(own?.contexts[0]?.measured.recall.value).toBeCloseTo(250 / 3, 10);
    expect(own?.contexts[0]?.measured.recall.standardError).toBeCloseTo(50 / 3, 10);
    expect(own?.seeds).toEqual([1, 2]);
    // NDCG: a 1 and 1/2, b 1 and 1/2, c 1 and 0; of SASRec a 1 and 0, b 0, c 1/log2(3) and 0.
    const ndcg = (100 * (0.75 + 0.75 + 0.5)) / 3;
    expect(own?.contexts[0]?.measured.ndcg.value).toBeCloseTo(ndcg, 10);
    const third = 1 / Math.log2(3);
    const gaps = [0.25, 0.75, 0.5 - third / 2].map((gap) => 100 * gap);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / 3;
    const error = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / 2 / 3);
    const [difference] = table.differences;
    expect(difference).toMatchObject({ label: 'compact', reference: 'SASRec', domain: 'Games' });
    expect(difference?.paired.ndcg.difference).toBeCloseTo(mean, 10);
    expect(difference?.paired.ndcg.standardError).toBeCloseTo(error, 10);
    // Student's t of two degrees of freedom, from our table.
    expect(difference?.paired.ndcg.low).toBeCloseTo(mean - 4.303 * error, 10);
    expect(valueLines(table)[3]).toContain('| 83.33 ± 16.67');
    expect(differenceLines(table, 'SASRec')[2]).toMatch(/^\| compact +\| \+50\.00 \[/);
  });

  it('takes the two numbers of a document that masks for what they are', async () => {
    const users = await read(sasrec, 'SASRec', 'SASRec', true);
    const measured = leadingTable([{ experiment: 'e', users }]).rows[0]?.contexts[0]?.measured;
    expect(measured?.recall.value).toBeCloseTo(50, 10);
    expect(measured?.recall.masked).toBeCloseTo(100 / 3, 10);
  });

  it('keeps stored lines beside those that were made now, and refuses other numbers', async () => {
    const seedOf = (lines: readonly string[], seed: number) =>
      lines.filter((each) => each.includes(`,id-`) && each.split(',')[6] === String(seed));
    const counted = ['a', 'b', 'c'].map((user) =>
      line('co-occurrence', 0, user, 4, { kind: 'baseline' }),
    );
    const tableOf = async (reference: readonly string[], own: readonly string[], label: string) =>
      leadingTable([
        { experiment: 'e', users: await read(counted, 'item co-occurrence', 'co-occurrence') },
        { experiment: 'e', users: await read(reference, 'SASRec', 'SASRec') },
        { experiment: 'e', users: await read(own, label, 'all') },
      ]);
    const stored = await tableOf(sasrec, cells, 'compact semantic ids');
    const made = await tableOf(seedOf(sasrec, 1), seedOf(cells, 1), 'titles');
    const both = besideStored(stored, made);
    expect(both.rows.map(({ label }) => label)).toEqual([
      'item co-occurrence',
      'SASRec',
      'compact semantic ids',
      'titles',
    ]);
    // The reference of one seed is there for the differences alone.
    expect(both.rows[1]).toBe(stored.rows[1]);
    expect(both.rows[3]).toBe(made.rows[2]);
    const of = ({ differences }: typeof both, label: string) =>
      differences.filter((row) => row.label === label);
    expect(of(both, 'titles')).toEqual(of(made, 'titles'));
    // Also not for counting, which has no seed and meets all of them.
    expect(of(both, 'item co-occurrence')).toEqual(of(stored, 'item co-occurrence'));
    expect(of(made, 'item co-occurrence')).not.toEqual(of(stored, 'item co-occurrence'));
    expect(both.differences).toHaveLength(stored.differences.length + of(made, 'titles').length);
    // A line with the seeds that it had is replaced, and must say the same.
    expect(besideStored(stored, stored).rows).toEqual(stored.rows);
    const moved = sasrec.map((each) => each.replace(',a,i1,1,1', ',a,i1,2,2'));
    const other = await tableOf(moved, cells, 'compact semantic ids');
    expect(() => besideStored(stored, other)).toThrow(/"SASRec" has other numbers of Games/);
  });

  it('refuses other users, a model that is not there, a missing mask and damaged lines', async () => {
    const users = await read(sasrec, 'SASRec', 'SASRec');
    const fewer = await read(
      cells.filter((each) => !each.includes(',b,')),
      'compact',
      'all',
    );
    expect(() =>
      leadingTable([
        { experiment: 'e', users },
        { experiment: 'e', users: fewer },
      ]),
    ).toThrow(/"compact" was asked by other users of Games/);
    await expect(read(sasrec, 'compact', 'all')).rejects.toThrow(/no model "all"/);
    const unmasked = sasrec.map((each) => each.replace(/,1,1,0,0$/, ',1,,0,0'));
    await expect(read(unmasked, 'SASRec', 'SASRec')).rejects.toThrow(/one of the two masks/);
    await expect(read([...sasrec, 'Games,test'], 'SASRec', 'SASRec')).rejects.toThrow(/damaged/);
  });
});
