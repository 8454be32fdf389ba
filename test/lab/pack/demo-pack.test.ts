import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PACK_METHODS } from '../../../src/lab/pack/pack-methods.ts';
import { readPack } from '../../../src/lab/pack/pack-schema.ts';
import { documentText } from '../document/documents.ts';

const FILE = new URL('../../../src/lab/pack/demo-pack.json', import.meta.url);
const bytes = readFileSync(FILE);
const pack = readPack(JSON.parse(bytes.toString()));

/** `npm run pack` makes it anew; `test/e2e/node/demo.e2e.ts` compares its numbers with those of a run. */
describe('the pack of the start', () => {
  it('is of the demo as it is, in its first seed', () => {
    expect(pack.document).toBe(documentText('demo'));
    expect(pack.seed).toBe(1);
    expect(pack.shops.map(({ name, users }) => [name, users])).toEqual([
      ['Games', 1000],
      ['Books', 1000],
    ]);
  });

  it('has every method of the page, with and without the own codes, at 21 shares', () => {
    expect(pack.shares).toEqual(Array.from({ length: 21 }, (_, at) => at / 20));
    expect(pack.curves.map(({ method, ownCodes }) => [method, ownCodes])).toEqual(
      PACK_METHODS.flatMap(({ id }) => [
        [id, true],
        [id, false],
      ]),
    );
    for (const { customers } of pack.shops) expect(customers).toHaveLength(12);
  });

  it('is small enough to come with the page', () => {
    expect(bytes.length).toBeLessThan(1.5e6);
  });
});
