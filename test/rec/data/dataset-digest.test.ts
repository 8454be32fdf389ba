import { expect, test } from 'vitest';
import { behaviourDigest, datasetDigest } from '../../../src/rec/data/dataset-digest.ts';
import { tinyImpressions } from '../behaviour/tiny-behaviour.ts';
import { tinyLog } from '../tiny-data.ts';

const LOG = tinyLog([
  [0, 0, 1],
  [0, 1, 2],
]);

test('side features and impressions have a digest of their own', async () => {
  const featured = { ...LOG, features: { category: ['a', 'b'] } };
  expect(await datasetDigest([LOG])).toBe(
    '341627dd9db05707f30090cbc0b4ea2a3366841bb6f8457c775999d2ec5b9d17',
  );
  expect(await datasetDigest([featured])).toBe(await datasetDigest([LOG]));
  const shown = (label: number) =>
    tinyImpressions([
      [
        0,
        10,
        [0, 1],
        [
          [0, 1],
          [1, label],
        ],
      ],
    ]);
  const variants = [
    LOG,
    featured,
    { ...LOG, features: { category: ['a', ''] } },
    { ...LOG, features: { kind: ['a', 'b'] } },
    { ...LOG, domain: 'Other' },
    shown(0),
    shown(1),
  ];
  const digests = await Promise.all(variants.map((log) => behaviourDigest([log])));
  expect(new Set(digests).size).toBe(variants.length);
  expect(digests.every((digest) => /^[0-9a-f]{64}$/.test(digest))).toBe(true);
  expect(await behaviourDigest([shown(1)])).toBe(digests.at(-1));
});
