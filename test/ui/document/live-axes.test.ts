import { describe, expect, it } from 'vitest';
import { mergeMethodForms } from '../../../src/lab/merging/merge-forms.ts';
import {
  axisKey,
  entryAt,
  isOnAxis,
  layoutOf,
  roundedPlace,
  weightOf,
} from '../../../src/ui/document/live-axes.ts';
import { formAt } from '../../../src/ui/document/live-form.ts';
import { initialForm, withOver } from '../../../src/ui/document/merge-form-state.ts';
import { entryOf } from '../../../src/ui/document/merge-form-written.ts';

const forms = mergeMethodForms();

function formOf(method: string, domains = ['Games', 'Books']) {
  const form = initialForm(
    domains,
    ['phase1', 'phase2'],
    forms.find(({ id }) => id === method),
  );
  if (form === null) throw new Error('no form');
  return form;
}

function layoutFor(form: ReturnType<typeof formOf>) {
  return layoutOf(entryOf(form, []), form.method.parameters);
}

describe('what is moved live', () => {
  it('is the share of two models, and every other number of the method', () => {
    const { main, more } = layoutFor(formOf('ties'));
    expect(main).toMatchObject({ id: 'share', min: 0, max: 1, value: 0.5 });
    expect(main).toMatchObject({ ends: ['all Games', 'all Books'] });
    expect(more.map(({ id }) => id)).toEqual(expect.arrayContaining(['density', 'lambda']));
  });

  it('is a triangle of three models', () => {
    const form = formOf('linear', ['Games', 'Books', 'Films']);
    expect(layoutFor(form).main).toMatchObject({ models: ['Games', 'Books', 'Films'] });
    const moved = formAt(form, 'triangle', [0.2, 0.3, 0.5]);
    expect(entryOf(moved, [])['parameters']).toMatchObject({ weight: [0.2, 0.3, 0.5] });
    expect(layoutFor(moved).main?.value).toEqual([0.2, 0.3, 0.5]);
  });

  it('is a step in time from −0.5 to 0.5 over periods', () => {
    const { main, more } = layoutFor(formOf('velocity'));
    expect(main).toMatchObject({ id: 'alpha', min: -0.5, max: 0.5, value: 0.05 });
    expect(more).toEqual([]);
    const shares = layoutFor(withOver(formOf('linear'), 'periods')).main;
    expect(shares).toMatchObject({ id: 'share', ends: ['all phase1', 'all phase2'] });
  });

  it.each(['linear', 'ties', 'velocity', 'slerp'])('moves form and entry of %s alike', (method) => {
    const form = formOf(method);
    const entry = entryOf(form, []);
    const { main, more } = layoutFor(form);
    const axes = [...(main === null ? [] : [main]), ...more];
    expect(axes.length).toBeGreaterThan(0);
    for (const { id } of axes) {
      const { name: _, ...moved } = entryOf(formAt(form, id, [0.3]), []);
      expect({ name: entry.name, ...moved }).toEqual(entryAt(entry, id, [0.3]));
      expect(axisKey(entryAt(entry, id, [0.3]), id)).toBe(axisKey(entry, id));
    }
    expect(new Set(axes.map(({ id }) => axisKey(entry, id))).size).toBe(axes.length);
  });

  it('is off the axis with weights that do not add up, and nowhere with a number a model', () => {
    const form = formOf('linear');
    const weights = (weight: Record<string, number>) =>
      entryOf({ ...form, each: { ...form.each, weight } }, []);
    const { parameters } = form.method;
    const check = (weight: Record<string, number>) => {
      const entry = weights(weight);
      const { main } = layoutOf(entry, parameters);
      return main !== null && isOnAxis(entry, main);
    };
    expect(check({ Games: 0.25, Books: 0.75 })).toBe(true);
    expect(check({ Games: 0.5, Books: 1.5 })).toBe(false);
    const ties = formOf('ties');
    const density = { Games: 0.2, Books: 0.4 };
    const mixed = layoutFor({ ...ties, each: { ...ties.each, density } });
    expect(mixed.more.find(({ id }) => id === 'density')?.value).toBeNull();
    expect(weightOf({ parameters: { weight: [1, 3] } })).toBe(0.25);
    expect(weightOf({ parameters: { weight: [0, 0] } })).toBeNull();
  });
});

it('writes equal places alike, however they were computed', () => {
  expect(roundedPlace(0.1 + 0.2)).toBe(0.3);
  expect(roundedPlace(1 - 0.9)).toBe(0.1);
  expect(roundedPlace(1 / 3)).toBe(0.333333);
});
