import { afterEach, expect, it } from 'vitest';
import '../../src/ui/style/tokens.css';
import '../../src/ui/parts/simulator-form.ts';
import type { MmSimulator } from '../../src/ui/parts/simulator-form.ts';
import { readDocument } from '../../src/ui/document/document-edit.ts';
import { readyState, SAMPLE_TEXT } from './samples/sample-state.ts';

afterEach(() => {
  document.body.replaceChildren();
});

async function show(text: string): Promise<MmSimulator> {
  const form = document.createElement('mm-simulator') as MmSimulator;
  const state = readyState();
  form.state = { ...state, document: { ...state.document, text } };
  document.body.append(form);
  await form.updateComplete;
  return form;
}

/** Types into a field; the data section of the document that the form then asks for. */
function dataAfter(form: MmSimulator, selector: string, value: string): unknown {
  const texts: string[] = [];
  const listen = (event: Event) => {
    const { detail } = event as CustomEvent<{ readonly type: string; readonly text: string }>;
    texts.push(detail.text);
  };
  form.addEventListener('mm-command', listen);
  const input = form.renderRoot.querySelector<HTMLInputElement>(selector);
  if (input === null) throw new Error(`no ${selector}`);
  input.value = value;
  input.dispatchEvent(new Event('change'));
  form.removeEventListener('mm-command', listen);
  return readDocument(texts[0] ?? '')?.['data'];
}

it('writes a knob into the document, and takes it out when it is emptied', async () => {
  const form = await show(SAMPLE_TEXT);
  expect(dataAfter(form, '#followers', '0.2')).toMatchObject({ followers: 0.2 });
  const other = await show(
    SAMPLE_TEXT.replace('source: simulator', 'source: simulator\n  drift: 2'),
  );
  expect(other.renderRoot.querySelector<HTMLInputElement>('#drift')?.value).toBe('2');
  expect(dataAfter(other, '#drift', '')).not.toHaveProperty('drift');
});

it('writes births by period and returning behaviour by period and domain', async () => {
  const form = await show(SAMPLE_TEXT);
  const born = '[aria-label="Share born in phase1"]';
  expect(dataAfter(form, born, '0.25')).toMatchObject({ novelty: { phase1: 0.25 } });
  const evergreen = '[aria-label="Share evergreen in test, Games"]';
  expect(dataAfter(form, evergreen, '0.8')).toMatchObject({ returning: { test: { Games: 0.8 } } });
  const one = 'source: simulator\n  returning: { test: { Games: 0.8 } }';
  const set = await show(SAMPLE_TEXT.replace('source: simulator', one));
  expect(dataAfter(set, evergreen, '')).not.toHaveProperty('returning');
});
