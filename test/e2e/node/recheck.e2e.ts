import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../support/sources.ts';
import { runWarm } from '../run-warm.ts';

/** Python with NumPy is no part of the project: where it is missing there is nothing to test. */
const hasNumpy = spawnSync('python3', ['-c', 'import numpy']).status === 0;

const TINY = readFileSync(join(PROJECT_ROOT, 'experiments/tiny.yaml'), 'utf8');
const CLICKS = readFileSync(join(PROJECT_ROOT, 'experiments/gpsd-tiny.yaml'), 'utf8');
const BASE = 'base: { source: text, tokens: 384, textTokens: 8, epochs: 1 }';
const SECTIONS = {
  title: 'title: { positions: 32, titleTokens: 6, samples: 2, maxTokens: 6 }',
  embedding: 'embedding: { negatives: 8, sequencesPerBatch: 8 }',
};

/** What `recheck.py` ends with and prints of each folder, as JSON: to load NumPy takes longer than to look. */
const RECHECK_ALL = `
import contextlib, io, json, sys
sys.path.insert(0, "scripts")
import recheck
answers = []
for folder in sys.argv[1:]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = recheck.main([folder])
    answers.append({"status": status, "stdout": out.getvalue()})
print(json.dumps(answers))
`;

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | null = null;
  return () => (made ??= { value: make() }).value;
}

function changed(text: string, pieces: Readonly<Record<string, string>>): string {
  return Object.entries(pieces).reduce((whole, [piece, other]) => {
    if (!whole.includes(piece)) throw new Error(`the document has no "${piece}"`);
    return whole.replace(piece, other);
  }, text);
}

const VALIDATION = {
  '  filter:': '  validation: { start: 2024-06-01, end: 2024-07-01 }\n  filter:',
};
const RUNS: Readonly<Record<string, string>> = {
  'semantic ids, two seeds and a validation window': changed(TINY, {
    ...VALIDATION,
    'seeds: [1]': 'seeds: [1, 2]\nresults: { reference: phase2 }',
  }),
  'titles with one mask for all': changed(TINY, {
    ...VALIDATION,
    'evaluation: {': 'evaluation: { maskHistory: true, hybrids: [phase2],',
    'base: { epochs: 1 }': `${BASE}\nparadigm: title\n${SECTIONS.title}\nresults: { reference: co-occurrence }`,
  }),
  'embeddings, no mask for all': changed(TINY, {
    'evaluation: {': 'evaluation: { maskHistory: false,',
    'base: { epochs: 1 }': `${BASE}\nparadigm: embedding\n${SECTIONS.embedding}\nresults: { reference: average }`,
  }),
  'click models': `${CLICKS}\nresults: { reference: NT }\n`,
};

describe.skipIf(!hasNumpy)('a run’s numbers, computed again in Python from its folder', () => {
  const root = mkdtempSync(join(tmpdir(), 'recheck-'));
  const folderOf = (name: string) => join(root, name.replaceAll(/\W+/g, '-'));

  beforeAll(async () => {
    for (const [name, text] of Object.entries(RUNS)) {
      const document = `${folderOf(name)}.yaml`;
      writeFileSync(document, text);
      const words = [document, '--out', folderOf(name), '--executor', 'cpu', '--threads', '1'];
      const { code, stderr } = await runWarm('headless', words);
      if (code !== 0) throw new Error(stderr);
    }
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function recheck(folder: string) {
    const { status, stdout, stderr } = spawnSync('python3', ['scripts/recheck.py', folder], {
      cwd: PROJECT_ROOT,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  it.each(Object.keys(RUNS))('agree: %s', (name) => {
    const { status, stdout, stderr } = recheck(folderOf(name));
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Everything agrees.');
    const counted = stdout.match(/^ *(\d+) {2}differences$/m)?.[1];
    expect(Number(counted)).toBeGreaterThan(100);
  });

  const [ids = '', titles = '', , clicks = ''] = Object.keys(RUNS);

  /** What is changed in which file of which run, and what must be said of it. */
  const MUTATIONS: readonly (readonly [string, string, string, RegExp, string, RegExp])[] = [
    ['a rank', ids, 'users.csv', /,(\d+),,100,100,100,/, ',0,,100,100,100,', /ranking metrics/],
    ['a value', ids, 'results.csv', /,recall,10,(\d)/, ',recall,10,9$1', /ranking metrics/],
    ['an error', ids, 'results.csv', /(,recall,20,[\d.]+),([1-9])/, '$1,9$2', /stderr/],
    [
      'a difference',
      ids,
      'differences.csv',
      /,ndcg,20,-?/,
      ',ndcg,20,1',
      /differences:.* difference/,
    ],
    ['a number of pairs', ids, 'differences.csv', /,8,0\r\n/, ',7,0\r\n', /differences:.* n:/],
    ['a time', ids, 'data/Games/interactions.csv', /,1[67]\d{11},phase1,/, ',1,phase1,', /splits/],
    ['a target', ids, 'users.csv', /,Games-i00\d\d\d,0,/, ',Games-i99999,0,', /targets/],
    [
      'a share',
      ids,
      'data/Books/characteristics.csv',
      /newItemShare,0/,
      'newItemShare,1',
      /newItemShare/,
    ],
    [
      'a count',
      ids,
      'data/contexts.csv',
      /Games,Games,phase1,/,
      'Games,Games,phase1,1',
      /statistics/,
    ],
    ['a code', ids, 'data/Games/codes-seed1.csv', /Games-i00002,/, 'Games-i0000x,', /codes/],
    [
      'the other mask',
      titles,
      'results.csv',
      /(most popular,baseline,.*recall,20,.*),[\d.]+\r\n/,
      '$1,99\r\n',
      /other_value/,
    ],
    ['a score', clicks, 'clicks.csv', /,0,(-?)\d\.\d+\r\n/, ',0,$18.5\r\n', /click metrics/],
    ['a label', clicks, 'data/Games/impressions.csv', /(\r\ntest,0,.*),1,/, '$1,0,', /impressions/],
    ['an error by user', clicks, 'results.csv', /Z,(\d)/, 'Z,9$1', /stderr by user/],
  ];

  /** Changed copies of the runs, one a mutation, all looked at by one process of Python. */
  const recheckMutated = once(() => {
    const folders = MUTATIONS.map(([, name, file, piece, other], at) => {
      const copy = join(root, `mutated-${String(at)}`);
      cpSync(folderOf(name), copy, {
        recursive: true,
        filter: (path) => !/\.store|checkpoints/.test(path),
      });
      const text = readFileSync(join(copy, file), 'utf8');
      const mutated = text.replace(piece, other);
      expect(mutated, file).not.toBe(text);
      writeFileSync(join(copy, file), mutated);
      return copy;
    });
    const { stdout, stderr } = spawnSync('python3', ['-c', RECHECK_ALL, ...folders], {
      cwd: PROJECT_ROOT,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return JSON.parse(stdout) as { status: number; stdout: string }[];
  });

  it.each(MUTATIONS.map((one, at) => [...one, at] as const))(
    'differ when %s is changed',
    (...one) => {
      const [, , , , , said, at] = one;
      const { status, stdout = '' } = recheckMutated()[at] ?? {};
      expect(status).toBe(1);
      expect(stdout).toMatch(said);
      expect(stdout).toMatch(/DIFFERS: /);
    },
  );

  it('refuse a folder that is no run’s, and one without answers', () => {
    expect(recheck(root)).toMatchObject({ status: 2 });
    const copy = join(root, 'mutated');
    rmSync(copy, { recursive: true, force: true });
    cpSync(folderOf(ids), copy, {
      recursive: true,
      filter: (path) => !/\.store|checkpoints|\/users\.csv/.test(path),
    });
    const { status, stdout } = recheck(copy);
    expect(status).toBe(1);
    expect(stdout).toMatch(/no user's answers are in the folder/);
    rmSync(join(copy, 'data'), { recursive: true });
    expect(recheck(copy)).toMatchObject({
      status: 2,
      stdout: expect.stringContaining('run it again without --users no') as string,
    });
  });
});
