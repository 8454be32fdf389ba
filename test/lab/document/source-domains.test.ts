import * as v from 'valibot';
import { expect, test } from 'vitest';
import { sourceDomains } from '../../../src/lab/experiment/document-domains.ts';
import { fileSourceSchema } from '../../../src/rec/importers/source.ts';

test.each([
  [{ importer: 'movielens' }, ['Movies']],
  [{ importer: 'movielens', genres: ['Comedy'] }, ['Comedy']],
  [{ importer: 'mind', impressions: true }, ['News']],
  [{ importer: 'mind', impressions: false }, null],
  [{ importer: 'mind', categories: ['sports'] }, ['sports']],
  [{ importer: 'amazon-reviews' }, null],
])('%o fixes the domains %o', (data, domains) => {
  expect(sourceDomains(v.parse(fileSourceSchema, data))).toEqual(domains);
});
