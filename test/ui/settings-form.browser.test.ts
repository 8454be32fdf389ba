import axe from 'axe-core';
import { afterEach, expect, it } from 'vitest';
import '../../src/ui/style/tokens.css';
import '../../src/ui/parts/settings/settings-form.ts';
import type { MmSettings } from '../../src/ui/parts/settings/settings-form.ts';
import { readDocument } from '../../src/ui/document/document-edit.ts';
import type { Inspection } from '../../workers/lab/api.ts';
import { readyState, SAMPLE_TEXT } from './samples/sample-state.ts';

afterEach(() => {
  document.body.replaceChildren();
});

type Root = Readonly<Record<string, unknown>> | null;

/** The form of a document that follows each edit, as in the page. */
class Bench {
  readonly form = document.createElement('mm-settings') as MmSettings;

  private text: string;
  private readonly inspection: Inspection | null;

  constructor(text: string, inspection: Inspection | null = null) {
    this.text = text;
    this.inspection = inspection;
    this.form.addEventListener('mm-command', (event) => {
      this.text = (event as CustomEvent<{ readonly text: string }>).detail.text;
      this.show();
    });
    this.show();
    document.body.append(this.form);
  }

  get root(): Root {
    return readDocument(this.text);
  }

  /** Of the control with this name. */
  find<E extends Element>(label: string): E {
    const found = this.form.renderRoot.querySelector<E>(`[aria-label="${label}"]`);
    if (found === null) throw new Error(`no ${label}`);
    return found;
  }

  async set(label: string, value: string): Promise<void> {
    const control = this.find<HTMLInputElement | HTMLSelectElement>(label);
    control.value = value;
    control.dispatchEvent(new Event('change'));
    await this.form.updateComplete;
  }

  async click(label: string): Promise<void> {
    this.find<HTMLElement>(label).click();
    await this.form.updateComplete;
  }

  private show(): void {
    const state = readyState();
    const doc = { ...state.document, text: this.text };
    this.form.state = {
      ...state,
      document: this.inspection === null ? doc : { ...doc, inspection: this.inspection },
    };
  }
}

it('writes training, evaluation and results into the document', async () => {
  const bench = new Bench(SAMPLE_TEXT);
  await bench.form.updateComplete;
  await bench.set('Training, schedule', 'constant');
  await bench.set('Training, warmup steps', '50');
  await bench.set('Training, clip norm, kind', '1');
  await bench.set('Training, dropout, kind', '0');
  await bench.set('Training, dropout', '0.2');
  await bench.set('Training, dropout, kind', '1');
  await bench.set('Training, dropout, attention', '0');
  await bench.click('Training, validation');
  await bench.set('Training, validation, metric', 'ndcg');
  await bench.set('Training, validation, patience, kind', '1');
  await bench.click('Training, average');
  await bench.set('Training, average, before', '0.5');
  await bench.set('Training, stages, phase1, epochs', '4');
  expect(bench.root?.['training']).toEqual({
    ...{ schedule: 'constant', warmupSteps: 50, clipNorm: 'none' },
    dropout: { embedding: 0.2, attention: 0, residual: 0.2 },
    validation: { by: 'users', metric: 'ndcg', patience: null },
    ...{ average: { before: 0.5 }, stages: { phase1: { epochs: 4 } } },
  });
  await bench.set('Evaluation, mask history', 'true');
  await bench.click('Add to Evaluation, hybrids');
  await bench.set('Evaluation, hybrids 1, kind', '1');
  await bench.set('Evaluation, hybrids 1, weight', '0.75');
  await bench.click('Evaluation, sasrec');
  await bench.set('Evaluation, cutoffs', '5, 10');
  expect(bench.root?.['evaluation']).toEqual({
    maskHistory: true,
    hybrids: [{ model: 'phase2', weight: 0.75 }],
    sasrec: {},
    cutoffs: [5, 10],
  });
  await bench.set('Results, reference', 'co-occurrence');
  expect(bench.root?.['results']).toEqual({ reference: 'co-occurrence' });
});

it('shows what the document says, and gives keys back to their defaults', async () => {
  const bench = new Bench(
    `${SAMPLE_TEXT}training: { decay: [norms], dropout: 0.3 }\nevaluation: { sasrec: {} }\n`,
  );
  await bench.form.updateComplete;
  expect(bench.find<HTMLInputElement>('Training, dropout').value).toBe('0.3');
  expect(bench.find<HTMLInputElement>('Evaluation, sasrec').checked).toBe(true);
  const boxes = bench.find('Training, decay').querySelectorAll('input');
  expect([...boxes].filter(({ checked }) => checked)).toHaveLength(1);
  await bench.click('Default: Training, decay');
  await bench.set('Training, dropout, kind', '-1');
  await bench.click('Evaluation, sasrec');
  expect(bench.root).not.toHaveProperty('training');
  expect(bench.root).not.toHaveProperty('evaluation');
});

it('puts a fault beside its control, opens the section and counts it', async () => {
  const faults = [
    { place: 'training.warmupSteps (line 3:5)', message: 'must be between 0 and 10000 (got -4)' },
  ];
  const bench = new Bench(`${SAMPLE_TEXT}training: { warmupSteps: -4 }\n`, { ok: false, faults });
  await bench.form.updateComplete;
  const control = bench.find<HTMLInputElement>('Training, warmup steps');
  expect(control.getAttribute('aria-invalid')).toBe('true');
  expect(control.closest('.setting')?.textContent).toContain('must be between 0 and 10000');
  expect(bench.find('Training, weight decay').closest('.setting')?.textContent).not.toContain(
    'must be',
  );
  const section = control.closest('details');
  expect(section?.open).toBe(true);
  expect(section?.querySelector('summary')?.textContent).toContain('1 fault');
});

it('has no violation that axe finds', async () => {
  const bench = new Bench(SAMPLE_TEXT);
  await bench.form.updateComplete;
  for (const one of bench.form.renderRoot.querySelectorAll('details')) one.open = true;
  const { violations } = await axe.run(bench.form, { rules: { region: { enabled: false } } });
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
});
