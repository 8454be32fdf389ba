import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { commonSections } from '../../../src/lab/experiment/common-sections.ts';
import { real, told } from '../../../src/lab/experiment/schema-parts.ts';
import { paradigmDocuments } from '../../../src/lab/paradigms/document-list.ts';
import { readDocument } from '../../../src/ui/document/document-edit.ts';
import type { DocumentPath } from '../../../src/ui/document/document-edit.ts';
import { outlineOf } from '../../../src/ui/document/document-outline.ts';
import {
  faultsAt,
  initialOf,
  settingAt,
  sideOf,
  switched,
  withSetting,
} from '../../../src/ui/document/setting-edit.ts';
import {
  settingFields,
  type SettingField,
  type SettingShape,
} from '../../../src/ui/document/setting-fields.ts';
import { settingSections } from '../../../src/ui/document/setting-sections.ts';
import { tinyWith } from '../../lab/document/documents.ts';

const STAGE = 'phase1';

interface Leaf {
  readonly path: DocumentPath;
  readonly shape: SettingShape;
}

/** Every place of a form where a value is chosen. */
function leavesOf(shape: SettingShape, path: DocumentPath): Leaf[] {
  switch (shape.kind) {
    case 'section':
      return shape.fields.flatMap((field) => leavesOf(field.shape, [...path, field.key]));
    case 'entries':
      return leavesOf(shape.of, [...path, STAGE]);
    case 'either':
      return [{ path, shape }, ...shape.sides.flatMap((side) => leavesOf(side, path))];
    default:
      return [{ path, shape }];
  }
}

/** Of one key of a paradigm's document. */
function shapeAt(paradigm: string, ...keys: readonly string[]): SettingShape {
  const [section, ...rest] = keys;
  let shape = settingSections(paradigm).find(({ key }) => key === section)?.shape;
  for (const key of rest) {
    const fields: readonly SettingField[] = shape?.kind === 'section' ? shape.fields : [];
    shape = fields.find((field) => field.key === key)?.shape;
  }
  if (shape === undefined) throw new Error(`no ${keys.join('.')}`);
  return shape;
}

describe.each(paradigmDocuments().map(({ kind }) => kind))('the form of %s', (kind) => {
  it('has every key of the document that has no form elsewhere', () => {
    const keys = settingSections(kind).map(({ key }) => key);
    const own = Object.keys(paradigmDocuments().find((one) => one.kind === kind)?.sections ?? {});
    const common = ['contexts', 'ids', 'model', 'base', 'training', 'evaluation', 'results'];
    expect(keys.toSorted()).toEqual([...own, ...common, 'seeds'].toSorted());
    for (const section of ['training', 'evaluation', 'results'] as const) {
      const { wrapped } = commonSections.entries[section];
      const shape = shapeAt(kind, section);
      const shown = shape.kind === 'section' ? shape.fields.map(({ key }) => key) : [];
      expect(shown).toEqual(Object.keys(wrapped.entries));
    }
  });

  it('writes each value of its own, which the schema takes, reads it back and takes it out', () => {
    const { sections = {} } = paradigmDocuments().find((one) => one.kind === kind) ?? {};
    everyValueFits(kind, sections);
  });
});

it('does so with the sections that all documents have', () => {
  everyValueFits('semantic-id', commonSections.entries);
});

function everyValueFits(kind: string, entries: Readonly<Record<string, v.GenericSchema>>): void {
  const before = 'schema: mmgrid-experiment/1 # kept\nname: small\n';
  for (const section of settingSections(kind).filter(({ key }) => Object.hasOwn(entries, key))) {
    const schema = entries[section.key] ?? v.never();
    for (const { path, shape } of leavesOf(section.shape, [section.key])) {
      const shown = path.join('.');
      const value = initialOf(shape, ['2023-01-01']);
      const text = withSetting(before, path, value, 0);
      const root = readDocument(text);
      expect(settingAt(root, path), shown).toEqual(value);
      // What else a section needs is no fault of this key.
      const { issues = [] } = v.safeParse(schema, settingAt(root, [section.key]));
      const places = issues.map(({ path: keys = [] }) =>
        [section.key, ...keys.map(({ key }) => key)].join('.'),
      );
      expect(places.filter((place) => place === shown)).toEqual([]);
      expect(withSetting(text, path, undefined, 0), shown).toBe(before);
    }
  }
}

describe('settings of a document', () => {
  it('shows a key that is added to the schema, with its range, default and description', () => {
    const fields = settingFields({
      newKnob: v.optional(told('How far it turns.', real(0.25, 4)), 2),
    });
    expect(fields).toEqual([
      {
        ...{ key: 'newKnob', label: 'New knob', help: 'How far it turns.', usual: 2 },
        ...{ isRequired: false, shape: { kind: 'number', min: 0.25, max: 4, step: 'any' } },
      },
    ]);
  });

  it('offers one rate or one for each place, and turns the one into the other', () => {
    const shape = shapeAt('semantic-id', 'training', 'dropout');
    if (shape.kind !== 'either') throw new Error('dropout is not one of two');
    const [one, each] = shape.sides;
    if (one === undefined || each === undefined) throw new Error('dropout has two forms');
    expect(sideOf(shape.sides, 0.3)).toBe(0);
    expect(sideOf(shape.sides, { attention: 0.3 })).toBe(1);
    expect(switched(0.3, each, [])).toEqual({ embedding: 0.3, attention: 0.3, residual: 0.3 });
  });

  it('offers a hybrid by name, or with a weight that was chosen before', () => {
    const shape = shapeAt('semantic-id', 'evaluation', 'hybrids');
    if (shape.kind !== 'list' || shape.of.kind !== 'either') throw new Error('no list of either');
    const [name, weighed] = shape.of.sides;
    if (name === undefined || weighed === undefined) throw new Error('a hybrid has two forms');
    expect(switched('phase2', weighed, ['phase1'])).toEqual({ model: 'phase2', weight: 0.1 });
    expect(switched({ model: 'phase2', weight: 1 }, name, ['phase1'])).toBe('phase2');
  });

  it('lets patience and clipping be off', () => {
    const patience = shapeAt('semantic-id', 'training', 'validation', 'patience');
    expect(patience).toMatchObject({ kind: 'either', sides: [{ min: 1 }, { value: null }] });
    const clip = shapeAt('semantic-id', 'training', 'clipNorm');
    expect(clip).toMatchObject({ kind: 'either', sides: [{ kind: 'number' }, { value: 'none' }] });
  });

  it('keeps a section that does something by being there, and comments everywhere', () => {
    const on = withSetting(tinyWith(), ['evaluation', 'sasrec'], {}, 0);
    const deep = withSetting(on, ['evaluation', 'sasrec', 'epochs'], 7, 2);
    expect(settingAt(readDocument(deep), ['evaluation', 'sasrec'])).toEqual({ epochs: 7 });
    const off = withSetting(deep, ['evaluation', 'sasrec', 'epochs'], undefined, 2);
    expect(settingAt(readDocument(off), ['evaluation', 'sasrec'])).toEqual({});
    const comments = (text: string) => text.split('\n').filter((line) => line.includes('#')).length;
    expect(comments(off)).toBe(comments(tinyWith()));
  });

  it('puts a section in the place of a key that has no value', () => {
    const text = 'schema: x\ntraining:\n';
    const after = withSetting(text, ['training', 'validation', 'by'], 'users', 0);
    expect(readDocument(after)?.['training']).toEqual({ validation: { by: 'users' } });
    expect(outlineOf(after).name).toBe('');
  });

  it('finds the faults of a key, of what it holds, and of no neighbour', () => {
    const faults = [
      { place: 'training.dropout (line 3:5)' },
      { place: 'training.dropoutRate (line 4:5)' },
      { place: 'evaluation.hybrids[0].weight (line 9:3)' },
      { place: 'training (document)' },
    ];
    expect(faultsAt(faults, ['training', 'dropout'], false)).toEqual([faults[0]]);
    expect(faultsAt(faults, ['training'], true)).toEqual([faults[3]]);
    expect(faultsAt(faults, ['evaluation', 'hybrids', 0], false)).toEqual([faults[2]]);
  });
});
