import axe from 'axe-core';
import { afterEach, describe, expect, it } from 'vitest';
import '../../src/ui/style/tokens.css';
import { WCAG_RULES } from '../../scripts/look/axe-rules.ts';
import { withBaseSource } from '../../src/ui/state/base-state.ts';
import type { BaseState } from '../../src/ui/state/base-state.ts';
import { NO_BASE } from '../../src/ui/state/base-state.ts';
import { MmBase } from '../../src/ui/parts/base/base-card.ts';
import type { Command } from '../../src/ui/state/events.ts';
import { deepQuery, deepText } from './samples/deep-query.ts';
import { SAMPLE_BASE, SAMPLE_BEHAVIOUR } from './samples/sample-base.ts';
import { readyState, SAMPLE_TEXT } from './samples/sample-state.ts';

const DOCUMENT = withBaseSource(SAMPLE_TEXT, 'import');

async function frames(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

async function show(base: Partial<BaseState>, text = DOCUMENT) {
  const card = new MmBase();
  const ready = readyState();
  card.state = { ...ready, document: { ...ready.document, text }, base: { ...NO_BASE, ...base } };
  const commands: Command[] = [];
  card.addEventListener('mm-command', (event) => {
    commands.push((event as CustomEvent<Command>).detail);
  });
  document.body.append(card);
  await frames();
  return { card, commands };
}

async function seriousFaults(element: Element): Promise<string[]> {
  const { violations } = await axe.run(element, { runOnly: WCAG_RULES });
  return violations.filter(({ impact }) => impact !== 'minor').map(({ id }) => id);
}

function field(card: Element, selector: string): HTMLInputElement {
  const found = deepQuery(card, selector);
  if (found instanceof HTMLInputElement) return found;
  throw new Error(`no field ${selector}`);
}

afterEach(() => {
  document.body.replaceChildren();
});

describe('the card of the base', () => {
  it('changes the document, and asks for files only where they are wanted', async () => {
    const { card, commands } = await show({}, SAMPLE_TEXT);
    expect(deepQuery(card, '#folder')).toBeNull();
    const select = deepQuery(card, 'select');
    if (!(select instanceof HTMLSelectElement)) throw new Error('no choice');
    expect(select.value).toBe('sequences');
    select.value = 'import';
    select.dispatchEvent(new Event('change'));
    expect(commands).toEqual([{ type: 'edit', text: DOCUMENT, preset: null }]);
  });

  it('offers click models a behaviour model, from files alone', async () => {
    const text = 'paradigm: discriminative\nbase: { source: import }\n';
    const { card } = await show({}, text);
    expect(deepText(card, '.drop')).toContain('vocabulary.json');
    expect(deepText(card, 'select')).toContain('your own behaviour model');
    expect(deepQuery(card, 'mm-hub')?.hasAttribute('hidden')).toBe(true);
    expect(deepQuery(card, '#folder')).not.toBeNull();
    document.body.replaceChildren();
    const opened = { title: 'pretrained', summary: SAMPLE_BEHAVIOUR };
    const shown = deepText((await show({ opened }, text)).card, '.facts');
    expect(shown).toContain('1,200');
    expect(shown).toContain('category (12 values)');
  });

  it('takes a folder or files', async () => {
    const { card, commands } = await show({});
    expect(await seriousFaults(card)).toEqual([]);
    expect(field(card, '#folder').webkitdirectory).toBe(true);
    expect(field(card, '#files').webkitdirectory).toBe(false);
    const data = new DataTransfer();
    const files = ['config.json', 'model.safetensors'].map((name) => new File(['{}'], name));
    for (const file of files) data.items.add(file);
    field(card, '#files').files = data.files;
    field(card, '#files').dispatchEvent(new Event('change'));
    const [command] = commands;
    if (command?.type !== 'open-base') throw new Error('not asked for');
    expect(command.files.map(({ path }) => path)).toEqual(['config.json', 'model.safetensors']);
  });

  it('shows what was read, and lets go of it', async () => {
    const { card, commands } = await show({
      opened: { title: 'Qwen/Qwen3-0.6B@1a2b3c4', summary: SAMPLE_BASE },
    });
    const text = deepText(card, 'dl');
    expect(text).toMatch(/Architecture\s*Qwen3/);
    expect(text).toMatch(/28 of width 1,024.*BF16, 1\.19 GB.*d1e5d1e5d1e5/s);
    expect(deepQuery(card, '#folder')).toBeNull();
    expect(await seriousFaults(card)).toEqual([]);
    card.shadowRoot?.querySelector<HTMLButtonElement>('button.quiet')?.click();
    expect(commands).toEqual([{ type: 'forget-base' }]);
  });

  it('says which tensor is in the way and why, and takes other files', async () => {
    const faults = [
      { place: 'tensor "model.layers.0.self_attn.q_proj.bias"', message: 'attention biases' },
    ];
    const problem = { code: 'layout-mismatch', message: '1 tensor.', hint: 'None loaded.', faults };
    const { card } = await show({ problem });
    const alert = card.shadowRoot?.querySelector('.failed[role="alert"]');
    expect(alert?.textContent).toMatch(/q_proj\.bias.*attention biases/s);
    expect(deepQuery(card, '#folder')).not.toBeNull();
    expect(await seriousFaults(card)).toEqual([]);
  });

  it('shows how far a download is and can end it', async () => {
    const { card, commands } = await show({
      loading: {
        step: 'download',
        title: 'org/tiny',
        doneBytes: 2_500_000,
        totalBytes: 10_000_000,
        file: 'model.safetensors',
      },
    });
    expect(card.shadowRoot?.textContent).toMatch(/Downloading org\/tiny/);
    expect(card.shadowRoot?.textContent).toMatch(/2\.50 MB of 10\.0 MB, 25\.0 %/);
    expect(card.shadowRoot?.querySelector('progress')?.value).toBe(0.25);
    expect(await seriousFaults(card)).toEqual([]);
    card.shadowRoot?.querySelector<HTMLButtonElement>('[role="group"] button')?.click();
    expect(commands).toEqual([{ type: 'cancel-base' }]);
  });

  it('tells what the document would need of the machine while the weights are read', async () => {
    const need = 'Training needs 9.15 GB of memory; the CPU executor allows 4 GB.';
    const read = { step: 'read', title: 'base', doneBytes: 0, totalBytes: 1_192_000_000 } as const;
    const { card } = await show({ loading: { ...read, file: '', need } });
    expect(card.shadowRoot?.querySelector('.need')?.textContent).toBe(need);
    expect(await seriousFaults(card)).toEqual([]);
  });

  it('asks a hub by name, server and token, and deletes what is kept', async () => {
    const { card, commands } = await show({
      kept: [{ id: 'kept-id', title: 'org/old@1234567', keptBytes: 5_000_000, isWhole: false }],
    });
    const details = deepQuery(card, 'details');
    if (!(details instanceof HTMLDetailsElement)) throw new Error('no section');
    details.open = true;
    await frames();
    expect(commands).toEqual([{ type: 'list-downloads' }]);
    expect(await seriousFaults(card)).toEqual([]);
    const submit = async (name: string) => {
      field(card, '#name').value = name;
      details.querySelector('form')?.requestSubmit();
      await frames();
    };
    await submit('not a name');
    expect(details.querySelector('#fault')?.textContent).toMatch(/"not a name" is no name/);
    expect(commands).toHaveLength(1);
    field(card, '#server').value = 'https://hub.example';
    field(card, '#token').value = 'secret';
    await submit('org/tiny@v2');
    expect(details.querySelector('#fault')?.textContent).toBe('');
    expect(commands.at(-1)).toEqual({
      type: 'download-base',
      reference: {
        repo: 'org/tiny',
        revision: 'v2',
        endpoint: 'https://hub.example',
        token: 'secret',
      },
    });
    expect(details.textContent).toMatch(/org\/old@1234567\s*5\.00 MB, not whole/);
    details.querySelector<HTMLButtonElement>('.kept button')?.click();
    expect(commands.at(-1)).toEqual({ type: 'forget-download', id: 'kept-id' });
  });
});
