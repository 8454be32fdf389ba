import { describe, expect, it } from 'vitest';
import {
  mergeMethodForms,
  mergePicture,
  mergeVerdict,
} from '../../../src/lab/merging/merge-forms.ts';
import { formOfEntry } from '../../../src/ui/document/merge-form-entry.ts';
import {
  basesFor,
  formFault,
  initialForm,
  labelsOf,
  parametersOf,
  withMethod,
  withOver,
} from '../../../src/ui/document/merge-form-state.ts';
import { entryOf, knownAs, mergeName } from '../../../src/ui/document/merge-form-written.ts';
import type { MergeFormState } from '../../../src/ui/document/merge-form-state.ts';

const DOMAINS = ['Games', 'Books'];
const STAGES = ['pretrain', 'phase1', 'phase2'];
const METHODS = mergeMethodForms();

function form(id: string, change: Partial<MergeFormState> = {}): MergeFormState {
  const initial = initialForm(DOMAINS, STAGES, METHODS[0]);
  const method = METHODS.find((one) => one.id === id);
  if (initial === null || method === undefined) throw new Error('no form');
  return { ...withMethod(initial, method), ...change };
}

describe('merge form', () => {
  it.each(METHODS.filter(({ models, needsData }) => models.min <= 2 && !needsData))(
    'offers $id with numbers that the method takes',
    ({ id }) => {
      const own = form(id);
      expect(formFault(own)).toBe('');
      const { faults } = mergeVerdict(id, parametersOf(own), {}, labelsOf(own).length);
      expect(faults).toEqual([]);
      const back = formOfEntry(entryOf(own, []), METHODS, DOMAINS, STAGES);
      expect(back === null ? null : entryOf(back, [])).toEqual(entryOf(own, []));
    },
  );

  it('writes the entry that the schema knows', () => {
    expect(
      entryOf(
        form('ties', { base: 'pretrain-mean', each: { weight: even(), density: all(0.2) } }),
        [],
      ),
    ).toEqual({
      name: 'ties density=0.2 0.5-0.5 (pretrain-mean)',
      over: 'domains',
      method: 'ties',
      stage: 'phase2',
      domains: DOMAINS,
      base: 'pretrain-mean',
      parameters: {
        weight: [0.5, 0.5],
        density: 0.2,
        lambda: 1,
        normalize: true,
        rescale: false,
        scope: 'tensor',
        zero_sign: 'positive',
        election: 'weighted',
      },
    });
    expect(entryOf(form('velocity'), [])).toMatchObject({
      over: 'periods',
      stages: ['phase1', 'phase2'],
      parameters: { alpha: 0.05 },
    });
    expect(entryOf(withOver(form('linear'), 'periods'), [])).toMatchObject({
      over: 'periods',
      stages: ['phase1', 'phase2'],
      parameters: { weight: [0.5, 0.5] },
    });
  });

  it('writes values over depth in place of the number', () => {
    const entry = entryOf(form('ties', { gradients: { lambda: [0.2, 1] } }), []);
    expect(entry['gradients']).toEqual({ lambda: [0.2, 1] });
    expect(entry['parameters']).not.toHaveProperty('lambda');
    const global = form('ties', { gradients: { lambda: [0.2, 1] } });
    const parameters = { ...parametersOf(global), scope: 'global' };
    const { faults } = mergeVerdict('ties', parameters, { lambda: [0.2, 1] }, 2);
    expect(faults.map(({ place }) => place)).toEqual(['gradients.lambda']);
  });

  it('keeps names within what the schema accepts', () => {
    const name = mergeName(form('ties', { name: '' }), []);
    expect(name).toMatch(/^[\p{L}\p{N}][\p{L}\p{N} ._+&()=-]{0,63}$/u);
    expect(mergeName(form('ties', { name: ' mine ' }), [])).toBe('mine');
  });

  it.each<[string, (form: MergeFormState) => MergeFormState]>([
    ['normalising', (own) => ({ ...own, settings: { ...own.settings, rescale: true, lambda: 1 } })],
    ['the stage', (own) => ({ ...own, stage: 'phase1' })],
  ])('never names a merge like one that differs in %s', (_what, change) => {
    const first = entryOf(form('task_arithmetic'), []);
    const changed = { ...change(form('task_arithmetic')) };
    const second = entryOf({ ...changed, stage: 'phase1' }, [first]);
    expect(second.name).toBe(`${first.name} 2`);
    const third = { ...changed, stage: 'pretrain' };
    expect(mergeName(third, [first, second])).toBe(`${first.name} 3`);
    // The same settings once more are the same merge, and replace it.
    expect(mergeName(form('task_arithmetic'), [second, first])).toBe(first.name);
  });

  it('numbers also names that are as long as they may be', () => {
    const domains = Array.from({ length: 20 }, (_, index) => `d${String(index)}`);
    const long = initialForm(
      domains,
      STAGES,
      METHODS.find(({ id }) => id === 'ties'),
    );
    if (long === null) throw new Error('no form');
    const first = entryOf(long, []);
    const second = entryOf({ ...long, stage: 'phase1' }, [first]);
    expect(first.name).toHaveLength(64);
    expect(second.name).toHaveLength(64);
    expect(second.name).toMatch(/ 2$/);
  });

  it('says what is missing', () => {
    const one = form('linear').domains.map((domain, index) => ({ ...domain, used: index === 0 }));
    expect(formFault(form('linear', { domains: one }))).toMatch(/2 models/);
    expect(formFault(form('velocity', { domains: one }))).toBe('');
    expect(formFault(form('mmgrid_acceleration'))).toMatch(/3 models/);
    const broken = { ...form('ties').settings, lambda: Number.NaN };
    expect(formFault(form('ties', { settings: broken }))).not.toBe('');
    const wrong = mergeVerdict('ties', { density: 7 }, {}, 2);
    expect(wrong.faults.map(({ place }) => place)).toEqual(['.density']);
  });

  it('knows a merge of the document by its settings, whatever it is called', () => {
    const entry = entryOf(form('ties'), []);
    expect(knownAs({ ...entry, name: 'live' }, [{ ...entry, name: 'mine' }])).toBe('mine');
    expect(knownAs({ ...entry, name: 'live' }, [{ ...entry, name: 'live' }])).toBeNull();
    expect(knownAs({ ...entry, stage: 'phase1' }, [{ ...entry, name: 'mine' }])).toBeNull();
  });

  it('offers every checkpoint of the grid as base', () => {
    const bases = basesFor(form('ties')).map(({ id }) => id);
    expect(bases).toEqual(['base', ...STAGES.flatMap((stage) => [`${stage}-mean`, stage])]);
    expect(basesFor(form('linear'))).toEqual([]);
  });
});

describe('base that cancels', () => {
  it('is moot for task arithmetic exactly when λ Σw = 1', () => {
    const effect = (id: string, parameters: Record<string, unknown>) =>
      mergeVerdict(id, parameters, {}, 2).base;
    const cancels = { matters: false, reason: 'base-cancels' };
    expect(effect('task_arithmetic', { weight: [0.5, 0.5] })).toEqual(cancels);
    expect(effect('task_arithmetic', { weight: 1, lambda: 0.5 })).toEqual(cancels);
    expect(effect('task_arithmetic', { weight: [0.5, 0.5], lambda: 0.8 }).matters).toBe(true);
    expect(effect('ties', {}).matters).toBe(true);
    const uneven = mergeVerdict('task_arithmetic', { weight: 0.5 }, { lambda: [1, 0.5] }, 2);
    expect(uneven.base.matters).toBe(true);
  });
});

describe('picture of a method', () => {
  it.each(METHODS.filter(({ needsData }) => !needsData))(
    'shows what $id makes of invented task vectors, with the method itself',
    async ({ id }) => {
      const picture = await mergePicture(id, {});
      if (picture === null) return;
      expect(picture.models.length).toBeGreaterThanOrEqual(2);
      expect(picture.merged).toHaveLength(24);
      expect(picture.merged.every(Number.isFinite)).toBe(true);
    },
  );

  it('follows the numbers', async () => {
    const whole = await mergePicture('ties', { density: 1 });
    const few = await mergePicture('ties', { density: 0.25, weight: [1, 1, 1, 1] });
    const kept = (values: readonly number[] = []) =>
      values.filter((value) => Math.abs(value) > 1e-6).length;
    expect(kept(few?.merged)).toBeLessThan(kept(whole?.merged));
    const base = await mergePicture('task_arithmetic', { lambda: 0 });
    expect(kept(base?.merged)).toBe(0);
  });
});

function even(): Record<string, number> {
  return all(0.5);
}

function all(value: number): Record<string, number> {
  return Object.fromEntries(DOMAINS.map((domain) => [domain, value]));
}
