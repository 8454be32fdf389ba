import { describe, expect, it } from 'vitest';
import { runCases } from './cases.ts';
import { defineFault, INVARIANTS, type Invariants, type Outcome } from './fault-row.ts';
import { judge } from './judge.ts';
import { FAMILIES, IDS, ROWS, ROWS_BY_PATH } from './rows.ts';

const never = () => Promise.reject(new Error('not run'));
const ROW = defineFault({
  ...{ id: 'G01', fault: 'f', expected: 'e', injection: 'seam', detects: /^internal: / },
  hosts: { node: never },
});
const HELD = Object.fromEntries(INVARIANTS.map((name) => [name, ''])) as Invariants;
const CALM: Outcome = { seen: ['', ''], recovered: 2, wrong: [] };
const TOLD: Outcome = { seen: ['internal: a', 'internal: b'], recovered: 2, wrong: [] };
const wrongOf = (fault: Outcome, control = CALM, after: readonly Invariants[] = [HELD]) =>
  judge(ROW, fault, control, after).wrong;

describe('a row', () => {
  it('is right when every case is told, everything is right again, and the control sees nothing', () => {
    expect(judge(ROW, TOLD, CALM, [HELD, HELD])).toEqual({
      ...{ injected: 2, detected: 2, recovered: 2, controls: 2, wrong: [] },
    });
  });

  it.each<[string, Outcome, RegExp]>([
    ['is silent', { ...TOLD, seen: ['internal: a', ''] }, /silent in 1 of 2/],
    [
      'says something else',
      { ...TOLD, seen: ['internal: a', 'aborted: b'] },
      /another sign.*aborted/,
    ],
    ['does not recover', { ...TOLD, recovered: 1 }, /right again after 1 of 2/],
    ['goes wrong', { ...TOLD, wrong: ['other bits'] }, /other bits/],
    ['injects nothing', { seen: [], recovered: 0, wrong: [] }, /nothing was injected/],
  ])('is wrong when it %s', (_, outcome, text) => {
    expect(wrongOf(outcome).join()).toMatch(text);
  });

  it.each<[string, Outcome, RegExp]>([
    ['sees the fault', TOLD, /a sign without a fault.*cannot tell/],
    ['does nothing', { seen: [], recovered: 0, wrong: [] }, /control: nothing was done/],
    ['is not right', { ...CALM, recovered: 0 }, /control: right again after 0/],
  ])('is wrong when its control %s', (_, control, text) => {
    expect(wrongOf(TOLD, control).join()).toMatch(text);
  });

  it('is wrong when an invariant is broken, but not by one that its host has not', () => {
    expect(wrongOf(TOLD, CALM, [{ ...HELD, 'same bits': null }])).toEqual([]);
    expect(wrongOf(TOLD, CALM, [{ ...HELD, 'same bits': 'other bits' }])).toEqual([
      'same bits: other bits',
    ]);
  });

  it('may not take silence for a sign, nor run nowhere without a reason', () => {
    expect(() => defineFault({ ...ROW, detects: /^(internal)?/ })).toThrowError(/silence/);
    expect(() => defineFault({ ...ROW, hosts: {} })).toThrowError(/does not say why/);
  });
});

describe('cases', () => {
  it('go on after one that throws, which is wrong and silent', async () => {
    const outcome = await runCases({ isInjected: true, isTimeUp: () => false }, [
      { name: 'one', act: () => Promise.reject(new Error('broke')) },
      { name: 'two', act: () => Promise.resolve('internal: x'), sees: /y/ },
      {
        name: 'three',
        act: () => Promise.resolve('z'),
        after: () => Promise.resolve('other bits'),
      },
    ]);
    expect(outcome).toEqual({
      seen: ['', 'internal: x', 'z'],
      recovered: 2,
      wrong: ['one: Error: broke', 'two: it says "internal: x"', 'three, afterwards: other bits'],
    });
  });

  it('are not begun when the time of their row is over, except the first', async () => {
    const one = { name: 'one', act: () => Promise.resolve('internal: x') };
    const trial = { isInjected: true, isTimeUp: () => true };
    expect(await runCases(trial, [one, one])).toEqual({
      ...{ seen: ['internal: x'], recovered: 1, wrong: [] },
    });
  });
});

describe('the rows', () => {
  it('have ids of the list, once each, in a file and a folder of their name', () => {
    const ids = ROWS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !IDS.includes(id))).toEqual([]);
    const misplaced = [...ROWS_BY_PATH].filter(([path, { id }]) => {
      const [, family = '', name = ''] = path.split('/');
      const [letter] = FAMILIES[family as keyof typeof FAMILIES];
      return !id.startsWith(letter) || !name.startsWith(`${id.toLowerCase()}-`);
    });
    expect(misplaced.map(([path]) => path)).toEqual([]);
  });

  it('of the short part run in Node', () => {
    const elsewhere = ROWS.filter(({ isShort, hosts }) => isShort === true && !hosts.node);
    expect(elsewhere.map(({ id }) => id)).toEqual([]);
  });
});
