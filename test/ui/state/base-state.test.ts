import { describe, expect, it } from 'vitest';
import { baseSourceOf, startOf, withBaseSource } from '../../../src/ui/state/base-state.ts';
import type { BaseLoading } from '../../../src/ui/state/base-state.ts';
import { readDocument } from '../../../src/ui/document/document-edit.ts';
import { baseFacts } from '../../../src/ui/parts/base/base-facts.ts';
import { baseSources } from '../../../src/ui/parts/base/base-sources.ts';
import { reduce } from '../../../src/ui/state/reduce.ts';
import type { AppEvent } from '../../../src/ui/state/state.ts';
import { SAMPLE_BASE, SAMPLE_BEHAVIOUR } from '../samples/sample-base.ts';
import { apply, readyState } from '../samples/sample-state.ts';

const LOADING: BaseLoading = {
  step: 'download',
  title: 'org/tiny',
  doneBytes: 5,
  totalBytes: 10,
  file: 'model.safetensors',
};
const OPENED: AppEvent = {
  type: 'ui-base-opened',
  title: 'org/tiny@aaaaaaa',
  summary: SAMPLE_BASE,
};
const PROBLEM = { code: 'not-found', message: 'No such model.', hint: '', faults: [] };

describe('the language model of the page', () => {
  it('stays while another one comes, and gives way when that one is read', () => {
    const opened = apply(readyState(), [OPENED]);
    expect(opened.base.opened?.title).toBe('org/tiny@aaaaaaa');
    const coming = reduce(opened, { type: 'ui-base-loading', loading: LOADING });
    expect(coming.base.opened).toBe(opened.base.opened);
    const failed = reduce(coming, { type: 'ui-base-failed', problem: PROBLEM });
    expect(failed.base).toMatchObject({ loading: null, problem: PROBLEM });
    expect(failed.base.opened).toBe(opened.base.opened);
    const reading = reduce(coming, {
      type: 'ui-base-loading',
      loading: { ...LOADING, step: 'read' },
    });
    expect(reading.base.opened).toBeNull();
  });

  it('makes the verdict on the document void when it changes, and only then', () => {
    const ready = readyState();
    expect(ready.document.inspection).not.toBeNull();
    const coming = reduce(ready, { type: 'ui-base-loading', loading: LOADING });
    expect(coming.document.inspection).not.toBeNull();
    expect(reduce(coming, OPENED).document.inspection).toBeNull();
    const opened = apply(coming, [OPENED]);
    expect(reduce(opened, { type: 'ui-base-closed' }).base.opened).toBeNull();
  });

  it('is gone with the engine; what is kept of downloads is not', () => {
    const kept = [{ id: 'x', title: 'org/tiny', keptBytes: 5, isWhole: false }];
    const state = apply(readyState(), [
      { type: 'ui-base-kept', kept },
      OPENED,
      { type: 'ui-session-failed', problem: PROBLEM },
    ]);
    expect(state.base).toEqual({ opened: null, loading: null, problem: null, kept });
  });

  it('is announced, and so is its failure', () => {
    expect(apply(readyState(), [OPENED]).announcement).toMatch(/org\/tiny@aaaaaaa/);
    const failed = apply(readyState(), [{ type: 'ui-base-failed', problem: PROBLEM }]);
    expect(failed.announcement).toBe('No such model.');
  });

  it('is described by its sizes, types and digest', () => {
    const facts = new Map(baseFacts(SAMPLE_BASE));
    expect(facts.get('Layers')).toBe('28 of width 1,024');
    expect(facts.get('Vocabulary')).toBe('151,669 tokens, 151,936 rows');
    expect(facts.get('Weights')).toBe('BF16, 1.19 GB');
    expect(facts.get('Digest')).toBe('d1e5d1e5d1e5');
    expect(facts.has('Not used')).toBe(false);
    expect(
      new Map(baseFacts({ ...SAMPLE_BASE, ignored: ['lm_head.weight'] })).get('Not used'),
    ).toBe('lm_head.weight');
  });
});

describe('what the document says cells start from', () => {
  const text = `name: x
model: { layers: 2 }
base: { source: text, tokens: 640, textTokens: 8, epochs: 6, learningRate: 0.004 }
tasks: { alignment: 1 }
`;

  it.each([
    ['name: x', 'sequences'],
    ['base: { epochs: 1 }', 'sequences'],
    ['base: { source: import }', 'import'],
    ['base: { source: elsewhere }', null],
    ['base: 3', null],
  ] as const)('%s', (document, expected) => {
    expect(baseSourceOf(document)).toBe(expected);
  });

  it('loses the keys that would be faults, and numbers meant for another start', () => {
    expect(readDocument(withBaseSource(text, 'import'))).toEqual({
      name: 'x',
      base: { source: 'import', textTokens: 8 },
      tasks: { alignment: 1 },
    });
    expect(readDocument(withBaseSource(text, 'sequences'))).toEqual({
      name: 'x',
      model: { layers: 2 },
      base: { source: 'sequences', epochs: 6, learningRate: 0.004 },
    });
    expect(readDocument(withBaseSource('name: x', 'import'))).toEqual({
      name: 'x',
      base: { source: 'import' },
    });
  });
});

describe('the behaviour model of the page', () => {
  const CLICKS = 'paradigm: discriminative\nmodel: { layers: 1, width: 16, heads: 2 }\n';

  it('is described by its sizes, items and features', () => {
    const facts = new Map(baseFacts(SAMPLE_BEHAVIOUR));
    expect(facts.get('Layers')).toBe('2 of width 32');
    expect(facts.get('Items')).toBe('1,200');
    expect(facts.get('Features')).toBe('category (12 values), brand (80 values)');
    expect(facts.get('Not used')).toBe('a click head of 2 tensors');
    const opened: AppEvent = { type: 'ui-base-opened', title: 'x', summary: SAMPLE_BEHAVIOUR };
    expect(apply(readyState(), [opened]).announcement).toBe('Read the behaviour model x.');
  });

  it('is of the files that its kind of document reads; hubs have language models alone', () => {
    const ofHub = ['name: x', 'semanticId: { form: compact }', CLICKS].map(
      (text) => startOf(text).files,
    );
    expect(ofHub.map((files) => files?.isOfHub)).toEqual([true, false, false]);
    expect(ofHub.map((files) => files?.files.split(', ')[1])).toEqual([
      'tokenizer.json',
      'semantic_ids.json',
      'vocabulary.json',
    ]);
    const [own] = baseSources('semanticId: { form: compact }').filter(({ id }) => id === 'import');
    expect(own?.title).toBe('your own model of compact ids');
  });

  it('is what documents of click models may start from', () => {
    expect(baseSources(CLICKS).map(({ id }) => id)).toEqual(['sequences', 'import']);
    expect(baseSources('name: x\n')).toHaveLength(3);
    const imported = withBaseSource(CLICKS, 'import');
    expect(readDocument(imported)).toEqual({
      paradigm: 'discriminative',
      base: { source: 'import' },
    });
    expect(baseSourceOf(imported)).toBe('import');
    const back = withBaseSource(imported, 'sequences');
    expect(readDocument(back)).toEqual({ paradigm: 'discriminative' });
    expect(readDocument(withBaseSource(back, 'sequences'))).toEqual(readDocument(back));
  });
});
