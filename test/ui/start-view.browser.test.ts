import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { page as browserPage, userEvent } from 'vitest/browser';
import '../../src/ui/style/tokens.css';
import { WCAG_RULES } from '../../scripts/look/axe-rules.ts';
import { AppError } from '../../src/core/errors.ts';
import { MmStartView } from '../../src/ui/views/start-view.ts';
import { demoPack } from '../../src/ui/session/demo-pack.ts';
import { deepQuery, deepText } from './samples/deep-query.ts';
import { samplePack } from './samples/sample-pack.ts';

const DEMO = { id: 'demo', text: 'name: demo' };

async function show(load: MmStartView['load'] = () => Promise.resolve(samplePack())) {
  const view = new MmStartView();
  view.load = load;
  view.demo = DEMO;
  view.document = { text: DEMO.text, preset: DEMO.id };
  view.engine = 'ready';
  document.body.append(view);
  await settled();
  return view;
}

/** A pack that arrives, parents, then their children. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

function slider(view: MmStartView): HTMLInputElement {
  const found = deepQuery(view, 'mm-start-curve input');
  if (found instanceof HTMLInputElement) return found;
  throw new Error('The start has no slider.');
}

/** Titles of the merged column, with their marks. */
function merged(view: MmStartView): string[] {
  const cells = deepQuery(view, 'mm-start-customer')?.shadowRoot?.querySelectorAll(
    'tbody td:nth-child(2)',
  );
  return [...(cells ?? [])].map((cell) => cell.textContent.replace(/\s+/g, ' ').trim());
}

beforeEach(() => browserPage.viewport(1280, 720));
afterEach(() => {
  document.body.replaceChildren();
  delete document.documentElement.dataset['theme'];
  location.hash = '';
});

describe('the start', () => {
  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ])('has no violation, %s at %d px, and no picture is cut', async (theme, width) => {
    await browserPage.viewport(width, 720);
    document.documentElement.lang = 'en';
    document.documentElement.dataset['theme'] = theme;
    const view = await show();
    const { violations, passes } = await axe.run(view, {
      runOnly: WCAG_RULES,
    });
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
    expect(passes.length).toBeGreaterThan(5);
    expect(document.documentElement.scrollWidth).toBe(width);
  });

  it('moves readouts, dots and titles with the arrow keys, and leaves a ghost', async () => {
    const view = await show();
    expect(deepText(view, 'mm-start-balance')).toMatch(/38\.5 ± 2\.9 in Games.*−1\.5 ± 2\.0/s);
    expect(merged(view)[0]).toMatch(/^Games title 4 ↑4/);
    expect(deepQuery(view, 'mm-start-curve .ghost')).toBeNull();
    slider(view).focus();
    await userEvent.keyboard('{ArrowRight}');
    await settled();
    expect(slider(view).getAttribute('aria-valuetext')).toBe('0 : 100 Games : Books');
    expect(deepText(view, 'mm-start-balance')).toMatch(/20\.0 ± 2\.9 in Games.*−20\.0 ± 2\.0/s);
    expect(merged(view)[0]).toMatch(/^Games title 3/);
    const dots = deepQuery(view, 'mm-start-curve')?.shadowRoot?.querySelectorAll('.dot, .ghost');
    expect([...(dots ?? [])].map((dot) => [dot.classList[0], dot.getAttribute('cx')])).toEqual([
      ['ghost', '50.00%'],
      ['dot', '100.00%'],
      ['ghost', '50.00%'],
      ['dot', '100.00%'],
    ]);
  });

  it('falls when the codes are mixed, and keeps the curve that was there as a shadow', async () => {
    const view = await show();
    expect(deepQuery(view, 'mm-start-curve .shadow')).toBeNull();
    const codes = view.shadowRoot?.querySelector<HTMLInputElement>('[role=switch]');
    codes?.focus();
    await userEvent.keyboard(' ');
    await settled();
    expect(codes?.checked).toBe(false);
    expect(deepText(view, 'mm-start-balance')).toMatch(/10\.0 ± 2\.9 in Games/);
    expect(view.shadowRoot?.querySelector('.kept')?.textContent).toMatch(/keeps 25 % of Games’/);
    const shadow = deepQuery(view, 'mm-start-curve .shadow');
    expect(shadow?.getAttribute('points')).toBe('0.00,20.00 50.00,23.00 100.00,60.00');
  });

  it('has a curve of its own for each method', async () => {
    const view = await show();
    const radios = deepQuery(view, 'mm-start-methods')?.shadowRoot?.querySelectorAll('input');
    expect(radios?.length).toBe(4);
    radios?.[3]?.click();
    await settled();
    expect(deepText(view, 'mm-start-balance')).toMatch(/35\.5 ± 2\.9 in Games/);
  });

  it('leafs through the customers of both shops', async () => {
    const view = await show();
    const button = (name: string) =>
      [...(view.shadowRoot?.querySelectorAll('button') ?? [])].find(({ textContent }) =>
        textContent.includes(name),
      );
    expect(view.shadowRoot?.querySelector('.taken')?.textContent).toMatch(/Games title 1/);
    button('Another customer')?.click();
    await settled();
    expect(view.shadowRoot?.querySelector('.taken')?.textContent).toMatch(/Games title 2/);
    button('Books')?.click();
    await settled();
    expect(button('Books')?.getAttribute('aria-pressed')).toBe('true');
    expect(merged(view)[0]).toMatch(/^Books title 4/);
  });

  it('runs the demo in the grid, in the place of another document', async () => {
    const view = await show();
    const commands: unknown[] = [];
    view.addEventListener('mm-command', (event) => {
      commands.push((event as CustomEvent<unknown>).detail);
    });
    const train = view.shadowRoot?.querySelector<HTMLButtonElement>('.train button');
    train?.click();
    expect(location.hash).toBe('#/grid');
    expect(commands).toEqual([{ type: 'run', fresh: true }]);
    view.document = { text: 'name: mine', preset: null };
    await settled();
    expect(view.shadowRoot?.querySelector('.train')?.textContent).toMatch(/place of your document/);
    train?.click();
    expect(commands.slice(1)).toEqual([
      { type: 'edit', text: 'name: demo', preset: 'demo' },
      { type: 'run', fresh: true },
    ]);
  });

  it('keeps the wish to train until the engine is up', async () => {
    const view = await show();
    view.engine = 'starting';
    const commands: unknown[] = [];
    view.addEventListener('mm-command', (event) => {
      commands.push((event as CustomEvent<unknown>).detail);
    });
    await settled();
    view.shadowRoot?.querySelector<HTMLButtonElement>('.train button')?.click();
    await settled();
    expect(commands).toEqual([]);
    expect(view.shadowRoot?.querySelector('.train')?.textContent).toMatch(/engine is up/);
    view.engine = 'ready';
    await settled();
    expect(commands).toEqual([{ type: 'run', fresh: true }]);
    expect(location.hash).toBe('#/grid');
  });

  it('says why a pack is refused, and offers to train', async () => {
    const view = await show(() =>
      Promise.reject(new AppError('data-invalid', 'Another form.', { hint: 'Train it here.' })),
    );
    expect(deepText(view, 'mm-problem')).toMatch(/Another form\..*Train it here\./s);
    expect(view.shadowRoot?.querySelector('.train button')).not.toBeNull();
  });

  it('fits a projector of 1280 × 720 with the pack of the demo, which moves nothing as it comes', async () => {
    let arrive: () => void = () => undefined;
    const wait = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const view = await show(() => wait.then(demoPack));
    const places = () =>
      ['mm-start-curve', 'mm-start-customer', 'mm-start-methods', '.train', '.told', '.fine'].map(
        (name) => view.shadowRoot?.querySelector(name)?.getBoundingClientRect().top,
      );
    const before = places();
    arrive();
    await expect.poll(() => deepText(view, 'mm-start-balance')).toMatch(/in Games/);
    await settled();
    expect(places()).toEqual(before);
    // Bars above and below take the rest.
    expect(view.getBoundingClientRect().height).toBeLessThanOrEqual(720 - 47 - 49 - 24);
  });
});
