import {
  existsSync,
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
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJobs } from '../../../scripts/merge/merge-job.ts';
import { PartFolder } from '../../../workers/merge-files/node/part-folder.ts';

let folder = '';
const path = (...parts: string[]): string => join(folder, ...parts);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mmgrid-jobs-'));
  for (const name of ['a', 'b', 'out']) mkdirSync(path(name));
  for (const name of ['a', 'b']) writeFileSync(path(name, 'model.safetensors'), name);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function recipe(file: string, ...models: string[]): string {
  const list = models.map((model) => `  - model: ${model}\n`).join('');
  writeFileSync(path(file), `merge_method: linear\nmodels:\n${list}parameters: { weight: 1 }\n`);
  return path(file);
}

/** A folder as a merge leaves it. */
function result(...parts: string[]): string {
  mkdirSync(path(...parts), { recursive: true });
  for (const name of ['mergekit_config.yml', 'model.safetensors']) {
    writeFileSync(path(...parts, name), 'old');
  }
  return path(...parts);
}

function problemsOf(recipes: readonly string[], outDir: string, mayReplace = true) {
  return readJobs(recipes, { outDir, mayReplace, isCheck: false }).map(({ problem }) => problem);
}

describe('recipe files', () => {
  it('have problems of their own, and leave the others alone', () => {
    writeFileSync(path('latin1.yaml'), Uint8Array.of(0x6e, 0xe9, 0x0a));
    const files = ['latin1.yaml', 'gone.yaml', 'a'].map((name) => path(name));
    expect(problemsOf([...files, recipe('good.yaml', './a', './b')], path('out'))).toEqual([
      'The file is not UTF-8 text.',
      'There is no such recipe file.',
      'This is no file: name the recipe itself.',
      null,
    ]);
  });

  it.each([
    ['utf-16le', [0xff, 0xfe], (code: number) => [code & 255, code >> 8]],
    ['utf-16be', [0xfe, 0xff], (code: number) => [code >> 8, code & 255]],
    ['utf-8', [0xef, 0xbb, 0xbf], (code: number) => [code]],
  ])('may begin with the mark of %s', (_, mark, bytesOf) => {
    const text = 'merge_method: linear\r\nmodels: [{ model: a }]\r\n';
    const codes = [...text].flatMap((letter) => bytesOf(letter.charCodeAt(0)));
    writeFileSync(path('marked.yaml'), Uint8Array.from([...mark, ...codes]));
    const [job] = readJobs([path('marked.yaml')], { ...OPTIONS, outDir: path('out') });
    expect([job?.problem, job?.text, [...(job?.models ?? [])]]).toEqual([
      ...[null, text, [['a', path('a')]]],
    ]);
  });
});

const OPTIONS = { mayReplace: false, isCheck: false };

describe('a result folder that is an input', () => {
  it('is refused, whatever it is called by', () => {
    result('a');
    symlinkSync(path('a'), path('link'));
    const own = /The result would go to .*a, which is itself an input: choose another --out\./;
    for (const model of ['./a', 'a/', './b/../a', path('a'), './a/model.safetensors', './link']) {
      const [problem] = problemsOf([recipe('a.yaml', model, './b')], folder);
      expect(problem, model).toMatch(/which (is itself|holds) an input/);
      expect(problem, model).not.toMatch(/--force/);
    }
    expect(problemsOf([recipe('a.yaml', './a')], folder)[0]).toMatch(own);
    expect(problemsOf([recipe('a.yaml', './a')], path('b', '..'), false)[0]).toMatch(own);
    const withSteps = `base_model: ./a\n${readFileSync(recipe('a.yaml', './b'), 'utf8')}`;
    writeFileSync(path('a.yaml'), withSteps);
    expect(problemsOf([path('a.yaml')], folder)[0]).toMatch(own);
  });

  it('is refused when another recipe of the same call reads it', () => {
    result('out', 'first');
    const recipes = [recipe('first.yaml', './a'), recipe('second.yaml', './out/first')];
    expect(problemsOf(recipes, path('out'))).toEqual([
      expect.stringMatching(/out.first, which is itself an input/) as string,
      null,
    ]);
  });

  it('is refused when it holds the recipe, or what a model links to', () => {
    result('out', 'soup');
    expect(problemsOf([recipe('out/soup/soup.yaml', path('b'))], path('out'))[0]).toMatch(
      /holds an input, .*soup\.yaml/,
    );
    rmSync(path('out', 'soup', 'soup.yaml'));
    rmSync(path('a', 'model.safetensors'));
    symlinkSync('../out/soup/model.safetensors', path('a', 'model.safetensors'));
    expect(problemsOf([recipe('soup.yaml', './a')], path('out'))[0]).toMatch(/holds an input/);
  });
});

describe('--force', () => {
  it.each<[string, () => void, RegExp | null]>([
    ['nothing', () => undefined, null],
    ['a result', () => result('out', 'soup'), null],
    ['an empty folder', () => mkdirSync(path('out', 'soup')), null],
    [
      'a file',
      () => {
        writeFileSync(path('out', 'soup'), '');
      },
      /is a file/,
    ],
    [
      'any folder',
      () => mkdirSync(path('out', 'soup', 'x'), { recursive: true }),
      /no result of a/,
    ],
    [
      'a folder with more below',
      () => result('out', 'soup') + String(mkdirSync(path('out', 'soup', 'photos'))),
      /no merge made \(photos\)/,
    ],
    [
      'a link to nothing',
      () => {
        symlinkSync('nowhere', path('out', 'soup'));
      },
      /link to nothing/,
    ],
  ])('replaces only results: %s', (_, make, message) => {
    make();
    const [problem] = problemsOf([recipe('soup.yaml', './a')], path('out'));
    if (message === null) expect(problem).toBeNull();
    else expect(problem).toMatch(message);
  });

  it('is asked for where a result exists', () => {
    result('out', 'soup');
    const [problem] = problemsOf([recipe('soup.yaml', './a')], path('out'), false);
    expect(problem).toMatch(/out.soup exists: choose another --out, or --force to replace it\.$/);
  });
});

describe('replacing a result', () => {
  async function write(part: PartFolder): Promise<number> {
    const output = part.open(true);
    part.create(output, 'model.safetensors');
    await part.append(output, 'model.safetensors', 0, Readable.from([Buffer.from('new')]));
    return output;
  }
  const weights = (): string => readFileSync(path('out', 'soup', 'model.safetensors'), 'utf8');

  it('keeps the old one until the new one is complete, or for good', async () => {
    const target = result('out', 'soup');
    const part = new PartFolder(target, true);
    const output = await write(part);
    expect(weights()).toBe('old');
    part.discard(output);
    part.remove();
    expect([weights(), readdirSync(path('out'))]).toEqual(['old', ['soup']]);
    part.commit(await write(part));
    expect([weights(), readdirSync(path('out'))]).toEqual(['new', ['soup']]);
    expect(existsSync(path('out', 'soup', 'mergekit_config.yml'))).toBe(false);
  });

  it('looks again when it is done: somebody may have been faster', async () => {
    const part = new PartFolder(path('out', 'soup'), false);
    const output = await write(part);
    result('out', 'soup');
    expect(() => {
      part.commit(output);
    }).toThrow(/exists/);
    expect(weights()).toBe('old');
    part.remove();
    expect(readdirSync(path('out'))).toEqual(['soup']);
  });
});
