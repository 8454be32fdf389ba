import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { MERGE_METHODS } from '../../src/merge/registry/registry.ts';
import { STRATEGIES } from '../../src/merge/search/strategies.ts';
import { SOURCE_KINDS } from '../../src/rec/importers/source.ts';
import { PRESETS } from '../../src/ui/document/presets.ts';
import { importsOf, sourceOf } from '../support/parsed-sources.ts';
import { filesIn, textOf } from '../support/sources.ts';

const files = filesIn(['src', 'workers'], '.ts');
const sources = new Map(files.map((path) => [path, sourceOf(path, textOf(path))]));
const literals = new Map([...sources].map(([path, source]) => [path, literalsOf(source)]));
const edges = files.flatMap((path) => importsOf(path, textOf(path)));

/** A collection of one kind of thing: an entry is one file of `home` and one line of the registry. */
interface Collection {
  readonly home: string;
  /** Names that a file of `home` gives to entries. */
  readonly named: (source: ts.SourceFile) => string[];
  /** Names that the registry knows; null where there is none in the product. */
  readonly registered: readonly string[] | null;
}

const COLLECTIONS: Readonly<Record<string, Collection>> = {
  'merge methods': {
    home: 'src/merge/methods/',
    named: (source) => textsOfProperty(source, 'id'),
    registered: MERGE_METHODS.map(({ id }) => id),
  },
  'search strategies': {
    home: 'src/merge/search/strategies/',
    named: (source) => textsOfProperty(source, 'name'),
    registered: STRATEGIES,
  },
  importers: {
    home: 'src/rec/importers/sources/',
    named: (source) => textsOfProperty(source, 'id'),
    registered: SOURCE_KINDS.map(({ id }) => id),
  },
  ops: { home: 'src/nn/ops/', named: kernelNames, registered: null },
  charts: { home: 'src/charts/', named: elementNames, registered: null },
};

/**
 * Words that are an entry's name and mean something else in these places: the scale of an axis, the
 * shape of weights, a view of the page, the end of a file's name, a preset, a key of documents.
 */
const OTHER_MEANING: Readonly<Record<string, readonly string[]>> = {
  linear: [
    'src/charts/',
    'src/compute/webgpu/',
    'src/lab/experiment/',
    'src/merge/linear/',
    'src/merge/weight-shapes.ts',
    'src/nn/ops/',
    'src/ui/parts/analysis-figure.ts',
  ],
  lines: ['src/ui/figures/', 'src/ui/parts/analysis-figure.ts'],
  velocity: ['src/lab/experiment/merge-sections.ts', 'src/merge/weight-shapes.ts'],
  fisher: ['src/lab/work/'],
  grid: ['src/lab/experiment/', 'src/nn/ops/', 'src/ui/'],
  random: ['src/merge/methods/', 'src/merge/sparse/', 'src/rec/behaviour/'],
  embedding: ['src/lab/', 'src/ui/document/'],
  csv: [
    'src/rec/importers/movielens.ts',
    'src/ui/session/',
    'src/ui/shell/',
    'src/ui/state/',
    'src/ui/views/',
    'src/ui/parts/profile-panel.ts',
  ],
  movielens: ['src/ui/document/presets.ts'],
};

describe.each(Object.entries(COLLECTIONS))('%s', (_, { home, named, registered }) => {
  const inside = [...sources].filter(([path]) => path.startsWith(home));
  const owners = new Map<string, string[]>();
  for (const [path, source] of inside) {
    for (const name of named(source)) {
      owners.set(name, [...(owners.get(name) ?? []), path]);
    }
  }

  it('have a file each', () => {
    expect(owners.size).toBeGreaterThan(0);
    expect([...owners].filter(([, paths]) => new Set(paths).size !== 1)).toEqual([]);
  });

  it('are all in the registry', () => {
    if (registered !== null) expect([...owners.keys()].sort()).toEqual([...registered].sort());
  });

  it('are named nowhere else', () => {
    const outside = files.filter((path) => !path.startsWith(home));
    const named = outside.flatMap((path) =>
      (literals.get(path) ?? [])
        .filter((text) => owners.has(text) && !meansSomethingElse(text, path))
        .map((text) => `${path}: '${text}'`),
    );
    expect(named).toEqual([]);
  });
});

describe('ops', () => {
  it('have a case or a spec each', () => {
    const home = 'src/nn/ops/';
    const specs = filesIn(['test/support/ops'], '.ts');
    const reached = new Set(
      specs.flatMap((path) => importsOf(path, textOf(path))).map(({ to }) => to),
    );
    for (const path of reached) {
      if (!path.startsWith(home)) continue;
      for (const { from, to } of edges) if (from === path) reached.add(to);
    }
    const untested = [...sources]
      .filter(([path, source]) => path.startsWith(home) && kernelNames(source).length > 0)
      .filter(([path]) => !reached.has(path));
    expect(untested.map(([path]) => path)).toEqual([]);
  });
});

describe('light halves', () => {
  it.each([
    [
      'importers',
      'src/rec/importers/source.ts',
      /^src\/(rec\/importers\/(source|sources\/)|core\/)/,
    ],
    [
      'analyses',
      'src/lab/experiment/analyses/analysis-list.ts',
      /^src\/(lab\/experiment\/|merge\/analysis\/task-vector-summary|rec\/behaviour\/behaviour-types|core\/)/,
    ],
  ])('of %s lead to no parser and no kernel', (_, list, light) => {
    const reached = new Set([list]);
    for (const path of reached) {
      for (const { from, to, isRelative, isTypeOnly } of edges) {
        if (from === path && isRelative && !isTypeOnly) reached.add(to);
      }
    }
    expect(reached.size).toBeGreaterThan(6);
    expect([...reached].filter((path) => !light.test(path))).toEqual([]);
  });
});

describe('presets', () => {
  /** Ids that are words of other things, too: paradigms, importers, settings, kinds of signs. */
  const WORDS = ['semantic-id', 'title', 'embedding', 'conflict', 'weights', 'movielens'];

  it('are one line each, and named nowhere else', () => {
    const ids = PRESETS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const own = ids.filter((id) => !WORDS.includes(id));
    const named = [...literals]
      .filter(([path]) => path !== 'src/ui/document/presets.ts')
      .flatMap(([path, texts]) =>
        texts.filter((text) => own.includes(text)).map((text) => `${path}: '${text}'`),
      );
    expect(named).toEqual([]);
  });
});

describe('custom elements', () => {
  it('are defined once, and imported by whoever uses them', () => {
    const homes = [...sources].flatMap(([path, source]) =>
      elementNames(source).map((name) => [name, path] as const),
    );
    const home = new Map(homes);
    expect(homes).toHaveLength(home.size);
    const missing = files.flatMap((path) => {
      const reached = new Set(importsOf(path, textOf(path)).map(({ to }) => to));
      return [...withoutComments(textOf(path)).matchAll(/<(mm-[a-z-]+)/g)]
        .map(([, name = '']) => name)
        .filter((name) => home.get(name) !== path && !reached.has(home.get(name) ?? ''))
        .map((name) => `${path}: <${name}>`);
    });
    expect(missing).toEqual([]);
  });
});

describe('the rules of collections themselves', () => {
  it('see a literal, and no import, comment or property', () => {
    const text = `import x from 'ties'; const a = { ties: 1, b: 'ties' }; // 'ties'\nf(\`della\`);`;
    expect(literalsOf(sourceOf('a.ts', text))).toEqual(['ties', 'della']);
  });

  it('see what a file names', () => {
    const method = sourceOf(
      'a.ts',
      `export const a = define({ id: 'a', parameters: [{ id: b }] });`,
    );
    expect(textsOfProperty(method, 'id')).toEqual(['a']);
    const kernel = sourceOf(
      'b.ts',
      `const K = defineKernel({ name: 'k', variants: [{ name: 'v' }] });`,
    );
    expect(kernelNames(kernel)).toEqual(['k']);
    expect(elementNames(sourceOf('c.ts', `define('mm-c', C); other('mm-d');`))).toEqual(['mm-c']);
  });

  it('except no word that they need not', () => {
    const needed = new Set(
      files.flatMap((path) =>
        (literals.get(path) ?? []).flatMap((text) =>
          (OTHER_MEANING[text] ?? [])
            .filter((place) => path.startsWith(place))
            .map((place) => `${text} ${place}`),
        ),
      ),
    );
    const listed = Object.entries(OTHER_MEANING).flatMap(([text, places]) =>
      places.map((place) => `${text} ${place}`),
    );
    expect(listed.filter((one) => !needed.has(one))).toEqual([]);
  });
});

function meansSomethingElse(text: string, path: string): boolean {
  return (OTHER_MEANING[text] ?? []).some((place) => path.startsWith(place));
}

function nodesOf(source: ts.SourceFile): ts.Node[] {
  const nodes: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    nodes.push(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return nodes;
}

/** Texts that stand in quotes, module names aside. */
function literalsOf(source: ts.SourceFile): string[] {
  return nodesOf(source)
    .filter((node) => ts.isStringLiteralLike(node))
    .filter(({ parent }) => !ts.isImportDeclaration(parent) && !ts.isExportDeclaration(parent))
    .map(({ text }) => text);
}

/** Texts of `name: '…'` in the outermost object of an exported constant. */
function textsOfProperty(source: ts.SourceFile, name: string): string[] {
  const exported = source.statements.filter(
    (node) =>
      ts.isVariableStatement(node) &&
      node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true,
  );
  return exported.flatMap((statement) => {
    const object = firstObject(statement);
    return object === null ? [] : propertyTexts(object, name);
  });
}

function kernelNames(source: ts.SourceFile): string[] {
  return callsOf(source, 'defineKernel').flatMap((call) => {
    const [definition] = call.arguments;
    const isObject = definition !== undefined && ts.isObjectLiteralExpression(definition);
    return isObject ? propertyTexts(definition, 'name') : [];
  });
}

function elementNames(source: ts.SourceFile): string[] {
  return callsOf(source, 'define').flatMap(({ arguments: [name] }) =>
    name !== undefined && ts.isStringLiteral(name) ? [name.text] : [],
  );
}

function callsOf(source: ts.SourceFile, callee: string): ts.CallExpression[] {
  return nodesOf(source)
    .filter((node) => ts.isCallExpression(node))
    .filter(({ expression }) => ts.isIdentifier(expression) && expression.text === callee);
}

function firstObject(node: ts.Node): ts.ObjectLiteralExpression | null {
  if (ts.isObjectLiteralExpression(node)) return node;
  return ts.forEachChild(node, firstObject) ?? null;
}

function propertyTexts(object: ts.ObjectLiteralExpression, name: string): string[] {
  return object.properties.flatMap((property) =>
    ts.isPropertyAssignment(property) &&
    ts.isIdentifier(property.name) &&
    property.name.text === name &&
    ts.isStringLiteral(property.initializer)
      ? [property.initializer.text]
      : [],
  );
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}
