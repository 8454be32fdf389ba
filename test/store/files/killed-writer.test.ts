import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { freshFolder } from '../../support/fresh-folder.ts';
import { killWriters } from '../../support/killed-writer.ts';
import { hasPython, secondReader } from '../../support/second-reader.ts';

const KILLS = 20;

describe('a writer that is killed', () => {
  it(`at ${KILLS} random moments tears nothing and loses nothing that it acknowledged`, async () => {
    const random = new RandomStream(20, 'kills');
    const root = freshFolder();
    const report = await killWriters(KILLS, random, { root, programs: freshFolder() });
    expect(report).toMatchObject({ torn: [], lost: [] });
    expect(report.acknowledged.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(KILLS);
    if (hasPython) {
      const { status, text } = secondReader(root);
      expect([status, text]).toEqual([0, expect.stringContaining('All of it is sound.')]);
    }
    // Or the test would be of kills between two writes only.
    expect(report.caught).toBeGreaterThan(0);
  }, 300_000);
});
