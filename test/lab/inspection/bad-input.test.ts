import { describe, expect, it } from 'vitest';
import { experimentFrom, parseExperiment } from '../../../src/lab/document/experiment.ts';
import { inspectExperiment } from '../../../src/lab/inspection/inspect-experiment.ts';
import { coOccurrenceBaseline } from '../../../src/rec/evaluation/baselines.ts';
import { hybridLists } from '../../../src/rec/evaluation/hybrid.ts';
import type { Dataset, InteractionLog } from '../../../src/rec/data/types.ts';
import { prepareDomain } from '../../../src/lab/work/prepare-domain.ts';
import { tinyWith } from '../document/documents.ts';
import { compactText } from '../paradigms/compact-documents.ts';

/*
 * Data and options that leave nothing to learn, choose or compare, and what is said of them before
 * a run. Early stopping that never improves: test/lab/work/training-notes.test.ts and
 * test/rec/training/train-loop.test.ts; a missing reference: test/lab/results/differences.test.ts.
 */

type Timeline = readonly { readonly timeMs: number; readonly item: string }[];

const DAY = 86_400_000;
const START = Date.UTC(2023, 5, 1);
const USERS = 40;
const ITEMS = 20;

/** Everyone takes ten things, 45 days apart. */
const usual = timelines((user, at) => `i${String((user * 7 + at * 3 + user * at) % ITEMS)}`);

function timelines(itemOf: (user: number, at: number) => string, length = 10): Timeline[] {
  return Array.from({ length: USERS }, (_, user) =>
    Array.from({ length }, (__, at) => ({
      timeMs: START + (45 * at + user) * DAY,
      item: itemOf(user, at),
    })),
  );
}

function logOf(
  domain: string,
  users: readonly Timeline[],
  titleOf: ((item: string) => string) | null,
): InteractionLog {
  const itemIds = [...new Set(users.flat().map(({ item }) => item))];
  const rows = users.flatMap((own, user) => own.map((row) => ({ user, ...row })));
  return {
    ...{ domain, itemIds },
    userIds: users.map((_, user) => `u${String(user)}`),
    titles: titleOf === null ? null : itemIds.map(titleOf),
    givenIds: itemIds.map((_, at) => [at % 16, Math.floor(at / 16)]),
    users: Uint32Array.from(rows, ({ user }) => user),
    items: Uint32Array.from(rows, ({ item }) => itemIds.indexOf(item)),
    timesMs: Float64Array.from(rows, ({ timeMs }) => timeMs),
  };
}

interface Given {
  readonly users?: readonly Timeline[];
  readonly titleOf?: ((item: string) => string) | null;
}

/** Games with what is given, Books as usual. */
function dataOf({ users = usual, titleOf = (item) => `the ${item}` }: Given): Dataset {
  const domains = [logOf('Games', users, titleOf), logOf('Books', usual, (item) => item)];
  return { ...{ name: 'given', digest: '1', notes: [] }, domains };
}

function inspected(text: string, given: Given = {}) {
  const { faults, notes } = inspectExperiment(experimentFrom(text), dataOf(given));
  return { notes, faults: faults.map(({ place, message }) => `${place}: ${message}`) };
}

const GIVEN_IDS = { 'features: both': 'features: file' };
const FROM_TEXTS = {
  'features: both': 'features: co-occurrence',
  'base: { epochs: 1 }': 'base: { source: text }',
};

it('usual data have no fault', () => {
  expect(inspected(tinyWith())).toEqual({ faults: [], notes: [] });
});

describe('a domain of one item', () => {
  const users = timelines(() => 'only');

  it('leaves nothing to predict, in either form of ids', () => {
    expect(inspected(tinyWith(GIVEN_IDS), { users }).faults).toEqual([
      'contexts.domains: "Games" has a single item: there is nothing to predict.',
    ]);
    expect(inspected(compactText(GIVEN_IDS), { users }).faults.join('\n')).toMatch(
      /^data Games: .*one sequence of codes: there is nothing to predict/,
    );
  });

  it('has too few for its codes, where they are made here', () => {
    expect(inspected(tinyWith(), { users }).faults).toEqual([
      'ids.codes: "Games" has 1 item: too few for 16 codes a level.',
    ]);
  });
});

describe('items without text', () => {
  it('are none of a domain that has titles; one without any is a fault', () => {
    const some = inspected(compactText({ 'codes: 16': 'codes: 8' }), {
      titleOf: (item) => (item === 'i3' ? ' ' : item),
    });
    expect(some.faults).toEqual([]);
    expect(some.notes[0]).toMatch(/^Games: the filter keeps \d+ of 400 interactions\.$/);
    expect(inspected(tinyWith(), { titleOf: () => '' }).faults).toEqual([
      'data Games: No interaction of domain "Games" passes the filter. Lower the minimum count, choose an earlier start date, or check the titles.',
    ]);
  });

  it('are refused where ids or the base are made of texts', () => {
    expect(inspected(tinyWith(), { titleOf: null }).faults).toEqual([
      'ids.features: "Games" has no item titles: use co-occurrence.',
    ]);
    const [first, second, ...others] = inspected(tinyWith(FROM_TEXTS), { titleOf: null }).faults;
    expect(first).toBe('base.source: 20 of 20 items of "Games" have no text.');
    expect(second).toMatch(/^item "i\d+": no text$/);
    expect(others).toHaveLength(19);
  });
});

describe('no co-occurrence', () => {
  /** Nobody takes a second thing before 2024. */
  const users = timelines((user, at) => `i${String((user + (at < 6 ? 0 : at)) % ITEMS)}`);

  it('is a warning that says what ids are made of then', () => {
    const none =
      'Warning: Games: no user takes two different items before the end of "pretrain", so there is no co-occurrence: ';
    const random = inspected(tinyWith({ 'features: both': 'features: co-occurrence' }), { users });
    expect(random.faults).toEqual([]);
    expect(random.notes.filter((note) => note.includes('no user takes'))).toEqual([
      `${none}ids are random; make them of titles, or end the first stage later.`,
    ]);
    expect(inspected(tinyWith(), { users }).notes).toContain(`${none}ids are made of texts alone.`);
    const titles = inspected(tinyWith({ 'features: both': 'features: tfidf' }), { users });
    expect(titles.notes.filter((note) => note.includes('no user takes'))).toEqual([]);
  });

  it('leaves the baseline to popularity, and a hybrid to its model', () => {
    const { data } = prepareDomain(dataOf({ users: timelines((user) => `i${String(user % 3)}`) }), {
      ...{ domain: 'Games', minCount: 1, startMs: null },
    });
    const samples = [{ user: 0, position: 1, history: [0], target: 1, timeMs: 0 }];
    const input = { data, samples, trainEndMs: Infinity, length: 3 };
    // 14 users take i0, 13 each i1 and i2.
    expect(coOccurrenceBaseline(input)).toEqual([{ user: 0, target: 1, items: [0, 1, 2] }]);
    const list = { user: 0, target: 1, items: [2, 0], scores: [-0.5, -1] };
    expect(hybridLists([list], [[]], 2, 3)).toEqual([{ user: 0, target: 1, items: [2, 0] }]);
  });
});

describe('users of one interaction', () => {
  const users = timelines((user) => `i${String(user % ITEMS)}`, 1);

  it('alone are no test users: a fault with the window and what a test user is', () => {
    for (const text of [tinyWith(), compactText()]) {
      expect(inspected(text, { users }).faults).toEqual([
        'data Games: Domain "Games" has no test user in "test" (2024-07-01 to 2024-10-01, end excluded). A test user has an interaction in the window and 4 earlier ones. Choose other dates or leave the domain out.',
      ]);
    }
  });

  it('beside others change nobody else’s samples', () => {
    const contexts = (given: Given) =>
      inspectExperiment(experimentFrom(tinyWith()), dataOf(given)).contexts[0]?.periods.map(
        ({ samples }) => samples,
      );
    expect(contexts({ users: [...usual, ...users] })).toEqual(contexts({}));
  });
});

describe('a validation window without users', () => {
  it('is a fault at its place before the run, whatever is chosen on it', () => {
    const validation = (from: string) =>
      tinyWith({ '  filter:': `  validation: { start: ${from}, end: 2024-07-01 }\n  filter:` });
    const message = (domain: string) =>
      `contexts.validation: Domain "${domain}" has no test user in "validation" (2024-06-30 to 2024-07-01, end excluded). A test user has an interaction in the window and 4 earlier ones. Choose other dates or leave the domain out.`;
    expect(inspected(validation('2024-06-30T23:59:00Z')).faults).toEqual([
      message('Games'),
      message('Books'),
    ]);
    expect(inspected(validation('2024-05-01')).faults).toEqual([]);
  });
});

describe('a dropout of 1', () => {
  it('is refused with its reason', () => {
    const parsed = parseExperiment(tinyWith({ 'training:': 'training:\n  dropout: 1' }));
    expect(parsed.ok ? [] : parsed.faults).toEqual([
      {
        place: 'training.dropout (line 23:3)',
        message:
          'must be at least 0 and below 1: a dropout of 1 leaves nothing to train on (got 1)',
      },
    ]);
  });
});
