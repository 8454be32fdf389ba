import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PACK_METHODS } from '../../../src/lab/pack/pack-methods.ts';
import { packedWeights, readModels } from '../../../src/lab/pack/pack-models.ts';
import { readPack } from '../../../src/lab/pack/pack-schema.ts';
import { documentText } from '../document/documents.ts';

const FILE = new URL('../../../src/lab/pack/demo-pack.json', import.meta.url);
const MODELS = new URL('../../../src/lab/pack/demo-models.bin', import.meta.url);
const INDEX = new URL('../../../src/lab/pack/demo-models.json', import.meta.url);
const bytes = readFileSync(FILE);
const file = new Uint8Array(readFileSync(MODELS));
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
    expect(gzipSync(bytes).length + file.length).toBeLessThan(1.5e6);
  });
});

describe('the models of the pack', () => {
  it('are those of the start, whose numbers they have', async () => {
    const { checkpoints, artefacts, seed, engine, machine } = await readModels(file);
    expect({ seed, engine, machine }).toEqual({
      ...{ seed: pack.seed, engine: pack.engine, machine: pack.machine },
    });
    const ids = checkpoints.map(({ id }) => id);
    const { models } = JSON.parse(readFileSync(INDEX, 'utf8')) as { models: string[] };
    expect(models).toEqual(ids);
    expect(ids).toEqual(expect.arrayContaining(pack.shops.map(({ model }) => model)));
    // A random start, and three stages in two shops; as they were measured.
    expect(checkpoints).toHaveLength(7);
    for (const { parameters } of checkpoints) expect(packedWeights(parameters)).toEqual(parameters);
    const recalls = artefacts.flatMap(({ kind, value }) => {
      const { metrics = [] } = value as {
        metrics?: { metric: string; k: number; value: number }[];
      };
      const found = metrics.find(({ metric, k }) => metric === 'recall' && k === 10);
      return kind === 'evaluate' && found !== undefined
        ? [Math.round(found.value * 1000) / 1000]
        : [];
    });
    pack.shops.forEach(({ parents }, at) => {
      expect(recalls).toContain(parents[at]?.recall);
      const average = pack.curves.find(({ method, ownCodes }) => method === 'average' && ownCodes);
      expect(recalls).toContain(average?.shops[at]?.points[10]?.recall);
    });
  });
});
