import { describe, expect, it } from 'vitest';
import {
  readDocument,
  withMerge,
  withOnlyMerge,
  withoutMerge,
  withValue,
} from '../../../src/ui/document/document-edit.ts';
import { outlineOf } from '../../../src/ui/document/document-outline.ts';
import { SAMPLE_TEXT } from '../samples/sample-state.ts';

const MERGE = {
  name: 'half',
  over: 'domains',
  method: 'linear',
  parameters: { weight: [0.5, 0.5] },
};

describe('editing the document', () => {
  it('changes one value and keeps comments and the rest', () => {
    const text = withValue(SAMPLE_TEXT, ['contexts', 'stages', 1, 'end'], '2024-05-01');
    expect(text).toContain('# invented shops');
    expect(outlineOf(text).stages[1]?.endMs).toBe(Date.UTC(2024, 4, 1));
    expect(readDocument(withValue(text, ['contexts', 'stages', 1, 'end'], '2024-04-01'))).toEqual(
      readDocument(SAMPLE_TEXT),
    );
  });

  it('removes a key when the value is undefined', () => {
    const data = readDocument(withValue(SAMPLE_TEXT, ['data', 'usersPerDomain'], undefined))?.[
      'data'
    ];
    expect(data).toEqual({ source: 'simulator', itemsPerDomain: 240 });
  });

  it('adds a merge, replaces it by name, removes it', () => {
    const added = withMerge(SAMPLE_TEXT, MERGE);
    expect(outlineOf(added).merges).toHaveLength(4);
    expect(outlineOf(added).merges[3]).toEqual(MERGE);
    const replaced = withMerge(added, { ...MERGE, method: 'simple_average' });
    expect(outlineOf(replaced).merges).toHaveLength(4);
    expect(outlineOf(replaced).merges[3]?.['method']).toBe('simple_average');
    expect(readDocument(withoutMerge(replaced, 'half'))).toEqual(readDocument(SAMPLE_TEXT));
  });

  it('adds the first merge to a document without any', () => {
    expect(outlineOf(withMerge('name: x\n', MERGE)).merges).toEqual([MERGE]);
  });

  it('refuses to edit what is no YAML, and reads it as nothing', () => {
    const draft = 'name: [unclosed';
    expect(() => withValue(draft, ['name'], 'x')).toThrow(/not valid YAML/);
    expect(readDocument(draft)).toBeNull();
    expect(outlineOf(draft).stages).toEqual([]);
  });

  it('reads no document above 64 kB and none with aliases', () => {
    expect(readDocument(`name: ${'x'.repeat(70_000)}`)).toBeNull();
    expect(readDocument('a: &a [1]\nb: *a')).toBeNull();
  });
});

describe('outlineOf', () => {
  it('reads source, domains, periods', () => {
    const outline = outlineOf(SAMPLE_TEXT);
    expect(outline.source).toBe('simulator');
    expect(outline.domains).toEqual(['Games', 'Books']);
    expect(outline.stages.map((stage) => stage.name)).toEqual(['pretrain', 'phase1', 'phase2']);
    expect(outline.test?.startMs).toBe(Date.UTC(2024, 6, 1));
  });

  it('prefers the importer over the source', () => {
    expect(outlineOf('data: { importer: csv }').source).toBe('csv');
  });

  it('leaves one merge and no search for a probe', () => {
    const text = '# mine\nname: a\nmerges:\n  - { name: x }\nsearches:\n  - { name: y }\n';
    const only = withOnlyMerge(text, { name: 'probe', method: 'ties' });
    expect(readDocument(only)).toEqual({ name: 'a', merges: [{ name: 'probe', method: 'ties' }] });
    expect(only).toContain('# mine');
  });
});

describe('columns of the grid', () => {
  const text = (section: string, stages: string) => `paradigm: discriminative
${section}
contexts:
  stages: [${stages}]
`;

  it('are the stages, or click models by strategy', () => {
    expect(outlineOf('contexts: { stages: [{ name: a }, { name: b }] }').columns).toEqual([
      ...['a', 'b'],
    ]);
    expect(outlineOf(text('', '{ name: a }')).columns).toEqual([
      ...['NT', 'FT', 'ST', 'FT&SF', 'ST&SF'],
    ]);
    const two = 'discriminative: { strategies: [NT, FT&SF] }';
    expect(outlineOf(text(two, '{ name: a }, { name: b }')).columns).toEqual([
      ...['a NT', 'a FT&SF', 'b NT', 'b FT&SF'],
    ]);
    const din = 'discriminative: { strategies: [NT, FT, ST&SF], rankers: [din] }';
    expect(outlineOf(text(din, '{ name: a }')).columns).toEqual([
      ...['NT', 'FT', 'ST&SF', 'DIN NT', 'DIN ST&SF'],
    ]);
    const all = 'discriminative: { samples: all, strategies: [NT] }';
    expect(outlineOf(text(all, '{ name: a }, { name: b }')).columns).toEqual(['NT']);
  });
});
