import * as v from 'valibot';
import { describe, expect, it, test } from 'vitest';
import { IMPORTERS } from '../../../src/rec/importers/importer-list.ts';
import { SOURCE_KINDS, fileSourceSchema } from '../../../src/rec/importers/source.ts';
import { openFiles } from '../../../src/rec/importers/open-files.ts';
import { DATA_SOURCES } from '../../../src/ui/document/data-sources.ts';
import { fileOf } from './support.ts';

describe('an importer', () => {
  it('has a light and a parsing half', () => {
    expect(IMPORTERS.map(({ source }) => source)).toEqual(SOURCE_KINDS);
    for (const { source } of IMPORTERS) expect(SOURCE_KINDS).toContain(source);
  });

  it.each(SOURCE_KINDS.map((kind) => [kind.id, kind] as const))(
    '%s reads the settings that a new document starts from, under its own name only',
    (id, { initial, schema }) => {
      const section = { importer: id, ...initial };
      expect(v.parse(fileSourceSchema, section)).toMatchObject(section);
      expect(v.is(schema, section)).toBe(true);
      expect(v.is(schema, { ...section, importer: 'another' })).toBe(false);
    },
  );

  it('asks in its form for columns of its settings, and for all that it needs', () => {
    for (const { id, form, schema, initial } of SOURCE_KINDS) {
      if (form === undefined) continue;
      const wanted = form.columns.filter(({ required }) => required);
      for (const column of wanted) {
        const columns = Object.fromEntries(
          form.columns.filter((one) => one !== column).map(({ name }) => [name, name]),
        );
        expect(v.is(schema, { importer: id, ...initial, columns })).toBe(false);
      }
      const columns = Object.fromEntries(form.columns.map(({ name }) => [name, name]));
      for (const { id: timeUnit } of form.timeUnits) {
        expect(v.is(schema, { importer: id, ...initial, columns, timeUnit }), timeUnit).toBe(true);
      }
    }
  });
});

test('a page lists the simulator, own files, then what others publish', () => {
  expect(DATA_SOURCES.map(({ id }) => id)).toEqual([
    'simulator',
    'csv',
    'amazon-reviews',
    'movielens',
    'mind',
    'recbole',
  ]);
});

test('a draft with an unknown importer is told all of them', () => {
  const { issues } = v.safeParse(fileSourceSchema, { importer: 'netflix' });
  expect(issues?.[0].message).toContain(
    '("amazon-reviews" | "movielens" | "csv" | "mind" | "recbole")',
  );
});

describe('a file of an importer’s layout', () => {
  it.each([
    ['u.user', 'of MovieLens 100K'],
    ['u.item', 'of MovieLens 100K'],
    ['ml.item', 'of RecBole'],
    ['ml.user', 'a table of RecBole beside the interactions'],
    ['links.csv', 'a table of MovieLens beside the ratings'],
    ['news.tsv', 'of MIND'],
    ['Books.jsonl', 'JSON, one object a line'],
    ['goodreads_reviews_5.json', 'of the Goodreads data set'],
    ['Books_5.json', 'of the Amazon reviews of 2014 or 2018'],
    ['yelp_academic_dataset_review.json', 'of the Yelp data set'],
  ])('%s is %s', async (name, what) => {
    const [file] = await openFiles([fileOf(name, 'x')]);
    expect(file?.known?.what).toBe(what);
  });
});
