import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ANALYSIS_KINDS } from '../../src/lab/experiment/analyses/analysis-list.ts';
import { ANALYSIS_WORK } from '../../src/lab/jobs/analyses/analysis-work-list.ts';
import { jobModules } from '../../src/lab/jobs/job-list.ts';
import { paradigmDocuments } from '../../src/lab/paradigms/document-list.ts';
import { paradigms } from '../../src/lab/paradigms/paradigm-list.ts';
import { ANALYSIS_FIGURES } from '../../src/ui/figures/analysis-figures.ts';
import { importsOf, sourceOf } from '../support/parsed-sources.ts';
import { filesIn, textOf } from '../support/sources.ts';

const files = filesIn(['src/lab'], '.ts');
const names: readonly string[] = paradigmDocuments().map(({ kind }) => kind);

/** Where a paradigm's name is another word, or the name of a document. */
const OTHER_MEANINGS: Readonly<Record<string, string>> = {
  'src/nn/ops/embedding.ts': 'an op',
  'src/rec/importers/': 'a column of the files',
  'src/ui/document/presets.ts': 'documents of the project',
  'src/ui/document/merge-form-restore.ts': 'a choice’s title',
  'scripts/studies/': 'a study of one paradigm',
};

/** String literals of a text with a fault. */
function literalsOf(path: string, text: string, isFault: (node: ts.StringLiteralLike) => boolean) {
  const source = sourceOf(path, text);
  const known = literals.get(source) ?? stringLiterals(source);
  literals.set(source, known);
  return known.filter(isFault).map(({ text: value }) => `${path}: '${value}'`);
}

/** Several rules look at the literals of the same files. */
const literals = new WeakMap<ts.SourceFile, readonly ts.StringLiteralLike[]>();

function stringLiterals(source: ts.SourceFile): ts.StringLiteralLike[] {
  const found: ts.StringLiteralLike[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const named = (path: string, text: string) =>
  literalsOf(path, text, ({ text: value }) => names.includes(value));

describe('a paradigm', () => {
  const code = filesIn(['src', 'workers', 'scripts'], '.ts');

  it('is named in its own folder only, and where the name means something else', () => {
    const own = (path: string) =>
      names.find((name) => path.startsWith(`src/lab/paradigms/${name}/`));
    const others = Object.keys(OTHER_MEANINGS);
    const faults = code
      .filter((path) => !others.some((other) => path.startsWith(other)))
      .flatMap((path) => named(path, textOf(path)))
      .filter((fault) => !fault.endsWith(`: '${own(fault) ?? ''}'`));
    expect(faults).toEqual([]);
    const needless = others.filter(
      (other) =>
        !code.some((path) => path.startsWith(other) && named(path, textOf(path)).length > 0),
    );
    expect(needless).toEqual([]);
  });

  it('would be seen elsewhere, in every kind of place', () => {
    expect(named('src/lab/x.ts', `if (paradigm.kind === 'title') go();`)).toHaveLength(1);
    expect(named('src/lab/x.ts', 'const is = kind === `semantic-id`;')).toHaveLength(1);
    expect(named('src/lab/x.ts', `switch (kind) { case 'embedding': }`)).toHaveLength(1);
    expect(named('src/lab/x.ts', `const title = { kind: 'merge' };`)).toHaveLength(0);
  });

  it('has a light and a heavy half of one name, and kinds of jobs that nobody else has', () => {
    expect(paradigms().map(({ document }) => document)).toEqual([...paradigmDocuments()]);
    expect(new Set(names).size).toBe(names.length);
    const sections = paradigmDocuments().flatMap((document) => Object.keys(document.sections));
    expect(new Set(sections).size).toBe(sections.length);
  });

  it('has a folder with a page about it, and a light half without kernels', () => {
    for (const name of names) {
      const page = textOf(`src/lab/paradigms/${name}/README.md`);
      for (const heading of ['## Source', '## What differs', '## Recipe', '## What it reached']) {
        expect(page, name).toContain(heading);
      }
    }
    const reached = new Set(['src/lab/paradigms/document-list.ts']);
    for (const path of reached) {
      for (const { to, isRelative, isTypeOnly } of importsOf(path, textOf(path))) {
        if (isRelative && !isTypeOnly) reached.add(to);
      }
    }
    const heavy = [...reached].filter((path) =>
      /^(shaders|src\/(compute|merge|nn\/ops))\//.test(path),
    );
    expect(heavy).toEqual([]);
    expect([...reached].length).toBeGreaterThan(15);
  });
});

/** Kinds of results and of bases that share a word with a kind of job. */
const OTHER_KINDS: Readonly<Record<string, string>> = {
  'src/lab/checkpoints/describe-base.ts': 'a base from files',
  'src/lab/work/job-context.ts': 'a base from files',
  'src/lab/work/result-answers.ts': 'a row of results',
  'src/lab/results/differences.ts': 'a row of results',
  'src/lab/report/text-table.ts': 'a row of results',
  'scripts/studies/gpsd-ladder.ts': 'jobs whose artefacts a study reads',
};

/** Files of the page where `summary.kind` is no kind of a job. */
const OTHER_SUMMARIES: Readonly<Record<string, string>> = {
  'src/ui/parts/base/base-facts.ts': 'a base from files',
  'src/ui/state/announcements.ts': 'a base from files',
};

/** Places where something of one of these kinds is treated apart. */
function askedFor(kinds: readonly string[], path: string, text: string) {
  return literalsOf(path, text, (node) => {
    if (!kinds.includes(node.text)) return false;
    const { parent } = node;
    if (ts.isCaseClause(parent)) return /\bkind\b/.test(parent.parent.parent.expression.getText());
    // `['train', 'merge'].includes(job.kind)`.
    if (ts.isArrayLiteralExpression(parent))
      return /^\s*\.(includes|indexOf)\([^()]*\bkind\b/.test(text.slice(parent.end));
    return ts.isBinaryExpression(parent) && /\bkind\b/.test(parent.getText());
  });
}

describe('a kind of job', () => {
  const kinds = jobModules().map(({ kind }) => String(kind));
  const asked = (path: string, text: string) => askedFor(kinds, path, text);

  it('is not asked for by name where jobs are planned, run, stored or shown', () => {
    const faults = filesIn(['src/lab', 'workers', 'scripts'], '.ts')
      .filter((path) => !(path in OTHER_KINDS))
      .flatMap((path) => asked(path, textOf(path)));
    expect(faults).toEqual([]);
    const needless = Object.keys(OTHER_KINDS).filter(
      (path) => asked(path, textOf(path)).length === 0,
    );
    expect(needless).toEqual([]);
  });

  /** The page knows jobs by their summaries alone; what it takes a model for stands there. */
  const looked = (text: string) => [...text.matchAll(/\b(summary|job)\??\.kind\b|\bJobKind\b/g)];

  it('is not looked at by the page: its role is', () => {
    const faults = filesIn(['src/ui', 'src/charts'], '.ts').filter(
      (path) => !(path in OTHER_SUMMARIES) && looked(textOf(path)).length > 0,
    );
    expect(faults).toEqual([]);
    for (const path of Object.keys(OTHER_SUMMARIES))
      expect(looked(textOf(path)), path).toHaveLength(1);
    expect(looked(`if (run.jobs[id]?.summary.kind === 'merge')`)).toHaveLength(1);
    expect(looked(`const isBase = ({ kind }: { kind: JobKind }) => kind === 'base'`)).toHaveLength(
      1,
    );
    expect(looked(`row.kind === 'merge' && job.summary.model?.role === 'merge'`)).toHaveLength(0);
  });

  it('would be seen', () => {
    expect(asked('src/lab/x.ts', `if (job.kind === 'train') go();`)).toHaveLength(1);
    expect(asked('src/lab/x.ts', `switch (job.kind) { case 'merge': }`)).toHaveLength(1);
    expect(asked('src/lab/x.ts', `if (['train', 'merge'].includes(job.kind)) go();`)).toHaveLength(
      2,
    );
    expect(asked('src/lab/x.ts', `add({ kinds: ['train'] });`)).toHaveLength(0);
    expect(asked('src/lab/x.ts', `add({ kind: 'merge' });`)).toHaveLength(0);
  });

  it('is defined once, in a module that declares its types', () => {
    for (const kind of kinds) {
      const definition = new RegExp(`kind: '${kind}',\\s+rank:`);
      const definers = files.filter((path) => definition.test(textOf(path)));
      expect(definers, kind).toHaveLength(1);
      const text = textOf(definers[0] ?? '');
      expect(text, kind).toMatch(new RegExp(`readonly '?${kind}'?: Makes(Artefact|Checkpoint)<`));
    }
  });
});

describe('a kind of analysis', () => {
  const kinds = ANALYSIS_KINDS.map(({ kind }) => kind);
  /** What a paradigm allows, plans or draws of its own is named there. */
  const OWN = ['src/lab/paradigms/', 'src/lab/experiment/language-checks.ts', 'src/ui/figures/'];

  it('is a file of its own, which no other file names', () => {
    const home = 'src/lab/experiment/analyses/';
    const named = filesIn([home], '.ts').flatMap((path) =>
      literalsOf(
        path,
        textOf(path),
        ({ text, parent }) =>
          kinds.includes(text) &&
          ts.isPropertyAssignment(parent) &&
          parent.name.getText() === 'kind',
      ),
    );
    expect(named.sort()).toEqual(kinds.map((kind) => `${home}${kind}.ts: '${kind}'`).sort());
  });

  it('is not asked for by name where analyses are checked, planned, run, stored or shown', () => {
    const faults = filesIn(['src/lab', 'src/ui', 'workers', 'scripts'], '.ts')
      .filter((path) => !OWN.some((own) => path.startsWith(own)))
      .flatMap((path) => askedFor(kinds, path, textOf(path)));
    expect(faults).toEqual([]);
    expect(askedFor(kinds, 'src/lab/x.ts', `if (plan.kind === 'plane') go();`)).toHaveLength(1);
    expect(askedFor(kinds, 'src/lab/x.ts', `if (table.id === 'plane') go();`)).toHaveLength(0);
  });

  it('is worked for by the lab or by one paradigm, and drawn by the page', () => {
    const common = ANALYSIS_WORK.map(({ kind }) => kind);
    const own = paradigms().flatMap(({ analyses }) => Object.keys(analyses));
    expect([...common, ...own].sort()).toEqual([...kinds].sort());
    expect(ANALYSIS_FIGURES.map(({ kind }) => kind)).toEqual(kinds);
  });

  it('has its work in a file of its name', () => {
    for (const { kind } of ANALYSIS_WORK) {
      expect(textOf(`src/lab/jobs/analyses/${kind}.ts`), kind).toContain(`kind: '${kind}',`);
    }
  });
});
