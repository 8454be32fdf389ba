import { describe, expect, it } from 'vitest';
import {
  customerScene,
  keptPercent,
  readouts,
  sceneCurves,
  sharesText,
  topOf,
  type StartChoice,
} from '../../../src/ui/figures/start-scene.ts';
import { samplePack } from '../samples/sample-pack.ts';

const pack = samplePack();
const CHOICE: StartChoice = { method: 'average', ownCodes: true, share: 1, shop: 0, customer: 0 };

describe('the scene of the start', () => {
  it('has a curve a shop with half its 95 % interval, its own model and counting', () => {
    const [games, books] = sceneCurves(pack, CHOICE);
    expect(games).toMatchObject({ shop: 'Games', own: 40, counting: 37 });
    expect(games?.points.map(({ value }) => value)).toEqual([40, 38.5, 20]);
    expect(books?.points.map(({ value }) => value)).toEqual([20, 38.5, 40]);
    expect(games?.points[1]?.half).toBeCloseTo(2.94, 10);
  });

  it('has other curves with another method and without the own codes, on one scale', () => {
    const valuesOf = (choice: Partial<StartChoice>) =>
      sceneCurves(pack, { ...CHOICE, ...choice })[0]?.points.map(({ value }) => value);
    expect(valuesOf({ method: 'trimmed' })).toEqual([40, 35.5, 20]);
    expect(valuesOf({ ownCodes: false })).toEqual([40, 10, 8]);
    expect(topOf(pack)).toBe(50);
  });

  it('says what the merge costs, and whether that is clear', () => {
    const [games] = readouts(pack, CHOICE);
    expect(games).toMatchObject({ shop: 'Games', value: 38.5, change: -1.5, isClear: false });
    expect(games?.changeHalf).toBeCloseTo(1.96, 10);
    expect(readouts(pack, { ...CHOICE, share: 2 })[0]).toMatchObject({
      change: -20,
      isClear: true,
    });
    expect(keptPercent(38.5, 40)).toBe('96 %');
  });

  it('shows what moved from the list of the shop’s own model', () => {
    const scene = customerScene(pack, CHOICE);
    expect(scene).toMatchObject({ shop: 'Games', earlier: 3, taken: 'Games title 1' });
    expect(scene?.history).toHaveLength(4);
    const [own, merged, other] = scene?.lists ?? [];
    expect(own?.items.map(({ moved }) => moved)).toEqual([0, 0, 0, 0, 0]);
    expect(own?.rank).toBe(2);
    expect(merged?.items.map(({ title }) => title.slice(-1))).toEqual(['4', '0', '1', '2', '3']);
    expect(merged?.items.map(({ moved }) => moved)).toEqual([4, -1, -1, -1, -1]);
    expect(merged?.items.map(({ isTaken }) => isTaken)).toEqual([false, false, true, false, false]);
    expect(merged?.rank).toBe(3);
    expect(other?.rank).toBe(5);
  });

  it('compares the other shop’s customers with the other shop’s model', () => {
    const scene = customerScene(pack, { ...CHOICE, shop: 1, share: 2 });
    const [first, merged, second] = scene?.lists ?? [];
    expect(second?.items.map(({ moved }) => moved)).toEqual([0, 0, 0, 0, 0]);
    expect(merged).toEqual(second);
    expect(first?.items.map(({ moved }) => moved)).toEqual([2, 2, 2, -3, -3]);
  });

  it('calls a title new that the own model did not list', () => {
    const other = samplePack();
    const list = other.curves[0]?.shops[0]?.lists[0]?.[1];
    list?.items.splice(0, 1, 7);
    expect(customerScene(other, CHOICE)?.lists[1].items[0]).toMatchObject({
      title: 'Games title 7',
      moved: null,
    });
  });

  it('is nothing where the pack has no such place', () => {
    expect(customerScene(pack, { ...CHOICE, customer: 9 })).toBeNull();
    expect(readouts(pack, { ...CHOICE, method: 'none' })).toEqual([]);
  });

  it.each([
    [0, '100 : 0'],
    [0.35, '65 : 35'],
    [1, '0 : 100'],
  ])('a share of %d reads %s', (share, text) => {
    expect(sharesText(share)).toBe(text);
  });
});
