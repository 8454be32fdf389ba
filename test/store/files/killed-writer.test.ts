import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/rng.ts';
import { freshFolder } from '../../support/fresh-folder.ts';
import { killWriters } from '../../support/killed-writer.ts';

const KILLS = 20;

describe('a writer that is killed', () => {
  it(`at ${KILLS} random moments tears nothing and loses nothing that it acknowledged`, async () => {
    const random = new RandomStream(20, 'kills');
    const report = await killWriters(KILLS, random, {
      root: freshFolder(),
      programs: freshFolder(),
    });
    expect(report).toMatchObject({ torn: [], lost: [] });
    expect(report.acknowledged.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(KILLS);
    // Or the test would be of kills between two writes only.
    expect(report.caught).toBeGreaterThan(0);
  }, 300_000);
});
