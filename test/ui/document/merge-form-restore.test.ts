import { describe, expect, it } from 'vitest';
import { mergeMethodForms } from '../../../src/lab/merging/merge-forms.ts';
import { parseExperiment } from '../../../src/lab/document/experiment.ts';
import { withMerge } from '../../../src/ui/document/document-edit.ts';
import { outlineOf } from '../../../src/ui/document/document-outline.ts';
import { formOfEntry } from '../../../src/ui/document/merge-form-entry.ts';
import { initialForm, withOver } from '../../../src/ui/document/merge-form-state.ts';
import { entryOf, knownAs } from '../../../src/ui/document/merge-form-written.ts';
import { baseSources } from '../../../src/ui/parts/base/base-sources.ts';
import { baseSourceOf, withBaseSource } from '../../../src/ui/state/base-state.ts';
import { documentText } from '../../lab/document/documents.ts';
import { compactText } from '../../lab/paradigms/compact-documents.ts';

const METHODS = mergeMethodForms();
const DOMAINS = ['Games', 'Books'];
const STAGES = ['pretrain', 'phase1', 'phase2'];
const averaging = METHODS.find(({ id }) => id === 'linear');
const form = initialForm(DOMAINS, STAGES, averaging);

describe('what a merge puts back, in the form', () => {
  it('is offered as the document’s models have it, the default first', () => {
    const ids = (text: string) => outlineOf(text).restores.map(({ id }) => id);
    expect(ids(compactText())).toEqual(['', 'codes', 'nothing', 'model']);
    expect(outlineOf(compactText()).restores[0]?.title).toBe('its codes and prefixes (default)');
    const bare = { 'form: compact': 'form: compact, prefixVectors: false' };
    expect(ids(compactText(bare))).toEqual(['', 'nothing', 'model']);
    expect(outlineOf(compactText(bare)).restores[0]?.title).toBe('its codes (default)');
    expect(ids(documentText('tiny'))).toEqual(['', 'nothing', 'model']);
    expect(ids('paradigm: title')).toEqual([]);
    expect(ids('semanticId: 3')).toEqual(['', 'nothing', 'model']);
  });

  it('is written where it is not the default, and read back; two choices have two names', () => {
    if (form === null) throw new Error('no form');
    const text = compactText();
    const written = ['', 'codes', 'nothing', 'model'].map((restore) => {
      const entry = entryOf({ ...form, restore: restore as 'codes' }, []);
      expect(entry['restore']).toBe(restore === '' ? undefined : restore);
      const parsed = parseExperiment(withMerge(text, entry));
      expect(parsed.ok ? [] : parsed.faults).toEqual([]);
      const back = formOfEntry(entry, METHODS, DOMAINS, STAGES);
      expect(back?.restore).toBe(restore);
      return entry;
    });
    expect(new Set(written.map(({ name }) => name)).size).toBe(4);
    const [first, second] = written;
    if (first === undefined || second === undefined) throw new Error('no entries');
    expect(knownAs({ ...second, name: 'other' }, [first]), 'another merge').toBeNull();
    const overTime = entryOf(withOver({ ...form, restore: 'codes' }, 'periods'), []);
    expect('restore' in overTime).toBe(false);
    const odd = formOfEntry({ ...first, restore: 'rows' }, METHODS, DOMAINS, STAGES);
    expect(odd?.restore).toBe('');
  });
});

describe('the start of compact cells, on the card', () => {
  it('is a joint base, the same random weights or a folder; text is for LC-Rec', () => {
    const ids = (text: string) => baseSources(text).map(({ id }) => id);
    expect(ids(compactText())).toEqual(['sequences', 'none', 'import']);
    expect(ids(documentText('tiny'))).toEqual(['sequences', 'text', 'import']);
    expect(baseSourceOf(compactText())).toBe('none');
    const joint = withBaseSource(compactText(), 'sequences');
    const back = withBaseSource(
      joint.replace('source: sequences', 'source: sequences, epochs: 3'),
      'none',
    );
    const imported = withBaseSource(joint, 'import');
    for (const text of [joint, back, imported]) {
      const parsed = parseExperiment(text);
      expect(parsed.ok ? [] : parsed.faults).toEqual([]);
    }
    expect(baseSourceOf(back)).toBe('none');
    expect(back).not.toContain('epochs: 3 ');
  });
});
