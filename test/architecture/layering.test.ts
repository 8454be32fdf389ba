import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importsOf, type ImportEdge } from '../support/parsed-sources.ts';
import { filesIn, PROJECT_ROOT, textOf } from '../support/sources.ts';
import { edgeFault, layerOf, PACKAGE_HOMES, roomless, ROOMS } from './layers.ts';
import { findCycle } from './find-cycle.ts';

const files = filesIn(['src', 'workers'], '.ts');
const edges = files.flatMap((path) => importsOf(path, textOf(path)));

/** Files that no program needs yet, and why they stay. */
const FOR_TESTS: Readonly<Record<string, string>> = {
  'src/merge/spectral/extract-lora.ts': 'an op of its own, with golden values',
  'src/merge/spectral/knots-align.ts': 'an op of its own, with golden values',
  'src/merge/spectral/session.ts': 'of those two',
  'src/nn/transformer/forward.ts':
    'the shortest way through a model: what tests compare others with',
};

/** Declarations, and what is added to the types of other files: no import leads there. */
function isOfTypes(path: string): boolean {
  return path.endsWith('.d.ts') || /^declare module /m.test(textOf(path));
}

/** Files that one of the roots needs. */
function reachable(
  roots: readonly string[],
  all: readonly ImportEdge[],
  more: readonly string[],
): ReadonlySet<string> {
  const targets = new Map<string, string[]>();
  for (const { from, to } of all) targets.set(from, [...(targets.get(from) ?? []), to]);
  const reached = new Set([...roots, ...more]);
  for (const path of reached) for (const to of targets.get(path) ?? []) reached.add(to);
  return reached;
}

describe('layering', () => {
  it('sees the sources', () => {
    expect(files).toContain('src/core/errors.ts');
    expect(edges.length).toBeGreaterThan(files.length);
  });

  it('imports only downwards', () => {
    const faults = edges
      .filter((edge) => edge.isRelative)
      .map((edge) => edgeFault(edge.from, edge.to))
      .filter((fault) => fault !== null);
    expect(faults).toEqual([]);
  });

  it('imports files that exist, with their extension', () => {
    const missing = edges.filter(
      (edge) => edge.isRelative && !existsSync(join(PROJECT_ROOT, edge.to)),
    );
    expect(missing.map((edge) => `${edge.from} imports ${edge.to}`)).toEqual([]);
  });

  it('keeps each package in its layer', () => {
    const faults = edges
      .filter((edge) => !edge.isRelative)
      .filter((edge) => {
        const homes = PACKAGE_HOMES[edge.to.split('/')[0] ?? ''];
        return homes !== undefined && !homes.includes(layerOf(edge.from) ?? '');
      });
    expect(faults.map((edge) => `${edge.from} imports ${edge.to}`)).toEqual([]);
  });

  it('names only rooms that there are', () => {
    const missing = Object.entries(ROOMS).flatMap(([layer, order]) =>
      order
        .flat()
        .map((room) => join(layer, room))
        .filter((folder) => !files.some((path) => path.startsWith(`${folder}/`))),
    );
    expect(missing).toEqual([]);
  });

  it('gives every file of an ordered layer a room', () => {
    expect(roomless(files)).toEqual([]);
    expect(roomless(['src/nn/attic/a.ts', 'src/core/a.ts', 'src/nn/ops/a.ts'])).toEqual([
      'src/nn/attic/a.ts',
    ]);
  });

  it('has no import cycle, types included', () => {
    const graph = new Map<string, string[]>(files.map((path) => [path, []]));
    for (const edge of edges) {
      if (edge.isRelative) graph.get(edge.from)?.push(edge.to);
    }
    expect(findCycle(graph)).toBeNull();
  });

  it('has no file that tests alone reach', () => {
    const outside = filesIn(['scripts', 'bench'], '.ts');
    const ofHosts = files.filter((path) => path.startsWith('workers/'));
    const roots = ['src/ui/shell/main.ts', ...ofHosts, ...outside];
    const all = [...edges, ...outside.flatMap((path) => importsOf(path, textOf(path)))];
    const reached = reachable(roots, all, files.filter(isOfTypes));
    const alone = files.filter((path) => !reached.has(path));
    expect(alone).toEqual(Object.keys(FOR_TESTS));
    const edge = { isRelative: true, isTypeOnly: false };
    const few = ['ab', 'cd'].map(([from = '', to = '']) => ({ ...edge, from, to }));
    expect([...reachable(['a'], few, [])]).toEqual(['a', 'b']);
  });

  it('has no barrel file', () => {
    const barrels = files.filter((path) => {
      const lines = textOf(path)
        .split('\n')
        .filter((line) => line.trim() !== '' && !/^\s*(\/\/|\/?\*)/.test(line));
      return /\/index\.ts$/.test(path) || lines.every((line) => /^export .* from /.test(line));
    });
    expect(barrels).toEqual([]);
  });
});

describe('the layering rules themselves', () => {
  const HOUSE = { 'src/nn': ['low', ['left', 'right'], 'high', 'high/top'] };

  it.each([
    ['src/core/a.ts', 'src/compute/b.ts'],
    ['src/merge/a.ts', 'src/rec/b.ts'],
    ['src/ui/a.ts', 'src/compute/executor.ts'],
    ['src/lab/a.ts', 'workers/lab/api.ts'],
    ['src/core/a.ts', 'test/x.ts'],
    ['src/unknown/a.ts', 'src/core/errors.ts'],
  ])('refuse %s -> %s', (from, to) => {
    expect(edgeFault(from, to)).not.toBeNull();
  });

  it.each([
    [
      'a room above',
      'src/nn/low/a.ts',
      'src/nn/high/b.ts',
      'low may not know high: it stands below',
    ],
    [
      'a room beside',
      'src/nn/left/a.ts',
      'src/nn/right/b.ts',
      'left may not know right: they stand',
    ],
    ['the inner room', 'src/nn/high/a.ts', 'src/nn/high/top/b.ts', 'high may not know high/top'],
    ['the layer itself', 'src/nn/low/a.ts', 'src/nn/b.ts', 'src/nn names no such room'],
    ['an unnamed room', 'src/nn/attic/a.ts', 'src/nn/low/b.ts', 'src/nn names no such room'],
  ])('refuse %s', (_, from, to, message) => {
    expect(edgeFault(from, to, HOUSE)).toContain(message);
  });

  it.each([
    ['src/nn/high/top/a.ts', 'src/nn/high/b.ts'],
    ['src/nn/high/top/a.ts', 'src/nn/low/b.ts'],
    ['src/nn/high/corner/a.ts', 'src/nn/high/b.ts'],
    ['src/nn/right/a.ts', 'src/nn/low/deep/b.ts'],
  ])('allow %s -> %s', (from, to) => {
    expect(edgeFault(from, to, HOUSE)).toBeNull();
  });

  it('find every kind of import', () => {
    const text = [
      `import { a } from './a.ts';`,
      `import type { B } from '../core/b.ts';`,
      `export { c } from './c.ts';`,
      `import shader from '../../shaders/x.wgsl?raw';`,
      `const lazy = () => import('./lazy.ts');`,
      `new Worker(new URL('../../workers/w.ts', import.meta.url));`,
      `import 'lit';`,
      `type D = import('./d.ts').D<'e'>;`,
      `declare module './f.ts' { interface F { g: 1 } }`,
    ].join('\n');
    const found = importsOf('src/nn/x.ts', text);
    expect(found.map((edge) => edge.to)).toEqual([
      'src/nn/a.ts',
      'src/core/b.ts',
      'src/nn/c.ts',
      'shaders/x.wgsl',
      'src/nn/lazy.ts',
      'workers/w.ts',
      'lit',
      'src/nn/d.ts',
      'src/nn/f.ts',
    ]);
    expect(found.map((edge) => edge.isTypeOnly)).toEqual([
      false,
      true,
      false,
      false,
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  it('find a cycle and only a cycle', () => {
    const acyclic = new Map([
      ['a', ['b', 'c']],
      ['b', ['c']],
      ['c', []],
    ]);
    expect(findCycle(acyclic)).toBeNull();
    expect(findCycle(new Map([...acyclic, ['c', ['a']]]))).toEqual(['a', 'b', 'c', 'a']);
  });
});
