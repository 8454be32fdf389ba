import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../support/sources.ts';
import { runHeadless } from '../run-headless.ts';
import { runWarm } from '../run-warm.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-e2e-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a document against data files; nothing may be left in the out folder but the profile. */
async function refused(name: string, document: string, files: Record<string, string> = {}) {
  const out = join(folder, `${name}-out`);
  const data = join(folder, `${name}-data`);
  const path = join(folder, `${name}.yaml`);
  mkdirSync(data, { recursive: true });
  writeFileSync(path, document);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(data, file), text);
  const ended = await runWarm('headless', [path, '--data', data, '--out', out]);
  expect(readdirSync(out).filter((entry) => entry !== '.store')).toEqual([]);
  return ended;
}

const tiny = readFileSync(join(PROJECT_ROOT, 'experiments/tiny.yaml'), 'utf8');

/** The tiny experiment reading a CSV file instead of the simulator. */
const tinyFromFiles = tiny.replace(
  /^data:\n( .*\n)+/m,
  'data:\n  importer: csv\n  columns: { user: user, item: item, time: time }\n  timeUnit: ms\n',
);

describe('headless with wrong input ends with 2', () => {
  it('for wrong arguments', async () => {
    const ended = await runHeadless(['--data', 'no-such-folder']);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('--data no-such-folder: there is no such folder.');
  });

  it('for YAML that is none, naming the line', async () => {
    const ended = await refused('syntax', tiny.replace('seeds: [1]', 'seeds: [1'));
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/line \d+:\d+/);
    expect(ended.stderr).toContain('syntax.yaml');
  });

  it('for unknown keys and bad values, all at once with their places', async () => {
    const wrong = tiny.replace('seeds:', 'sedes: 3\nseeds:').replace('layers: 1', 'layers: many');
    const ended = await refused('keys', wrong);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/sedes \(line 4:1\).*Unknown key/);
    expect(ended.stderr).toMatch(/model\.layers \(line \d+:\d+\)/);
  });

  it('for an experiment that needs files when there are none', async () => {
    const ended = await refused('no-files', tinyFromFiles);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('data-missing');
  });

  it('for a data file with a bad row, naming file and line', async () => {
    const ended = await refused('bad-row', tinyFromFiles, {
      'Games: 100%.csv': 'user,item,time\nu1,i1,1690000000000\nu1,i2,yesterday\n',
      'Books.csv': 'user,item,time\nu1,i1,1690000000000\n',
    });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('Games: 100%.csv:3');
  });

  it('for a table that is a link to nothing, naming it', async () => {
    mkdirSync(join(folder, 'link-data'));
    symlinkSync('../blobs/1', join(folder, 'link-data', 'Games.csv'));
    const rows = 'user,item,time\nu1,i1,1690000000000\n';
    const ended = await refused('link', tinyFromFiles, { 'Books.csv': rows });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/Games\.csv is a link to \.\.\/blobs\/1, which does not exist/);
    expect(ended.stderr).not.toMatch(/internal/);
  });

  it('for a data file without a needed column', async () => {
    const ended = await refused('bad-column', tinyFromFiles, {
      'Games.csv': 'user,product,time\nu1,i1,1690000000000\n',
      'Books.csv': 'user,item,time\nu1,i1,1690000000000\n',
    });
    expect(ended.code).toBe(2);
    // A table without the columns of a log is left out, and that is said; its domain is then missing.
    expect(ended.stdout).toMatch(/Games\.csv.*no column "item"/);
    expect(ended.stderr).toMatch(/no domain "Games"/);
  });
});
