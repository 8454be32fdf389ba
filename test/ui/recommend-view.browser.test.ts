import axe from 'axe-core';
import { afterEach, describe, expect, it } from 'vitest';
import { page as browserPage, userEvent } from 'vitest/browser';
import '../../src/ui/style/tokens.css';
import { WCAG_RULES } from '../../scripts/look/axe-rules.ts';
import { NOTHING_WANTED } from '../../src/ui/state/recommend-state.ts';
import { MmRecommendView } from '../../src/ui/views/recommend-view.ts';
import { deepQuery, deepText } from './samples/deep-query.ts';
import { recommendedState } from './samples/sample-recommend.ts';

async function show(wanted = NOTHING_WANTED): Promise<MmRecommendView> {
  const view = new MmRecommendView();
  view.state = recommendedState(wanted);
  document.body.append(view);
  await settled();
  return view;
}

/** Parents, then their children. */
async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

function commandsOf(view: MmRecommendView): unknown[] {
  const commands: unknown[] = [];
  view.addEventListener('mm-command', (event) => {
    commands.push((event as CustomEvent<unknown>).detail);
  });
  return commands;
}

/** Text of the lines of the tree. */
function lines(view: MmRecommendView): string[] {
  const found = deepQuery(view, 'mm-beam-tree')?.shadowRoot?.querySelectorAll('[role=treeitem]');
  return [...(found ?? [])].map((line) => line.textContent.replace(/\s+/g, ' ').trim());
}

afterEach(() => {
  document.body.replaceChildren();
  delete document.documentElement.dataset['theme'];
});

describe('the view that recommends', () => {
  it.each([
    ['light', 1280],
    ['dark', 390],
  ])('has no violation, %s at %d px, and is not cut', async (theme, width) => {
    await browserPage.viewport(width, 1600);
    document.documentElement.lang = 'en';
    document.documentElement.dataset['theme'] = theme;
    for (const customer of [{ place: 0 }, { typed: ['Zelda', 'Doom'] }]) {
      const view = await show({ ...NOTHING_WANTED, customer });
      const { violations, passes } = await axe.run(view, {
        runOnly: WCAG_RULES,
      });
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
      expect(passes.length).toBeGreaterThan(5);
      expect(document.documentElement.scrollWidth).toBe(width);
      view.remove();
    }
  });

  it('shows what moved, what was taken, and a model that is not there', async () => {
    const view = await show();
    const text = deepText(view, 'mm-recommend-lists').replace(/\s+/g, ' ');
    expect(text).toMatch(/average.*Metroid↑1up 1 −0\.500.*Pongnew.*taken next: place 1/);
    expect(text).toContain('Dropped: Kirby');
    expect(text).toMatch(/Books\/phase2 Not trained yet/);
  });

  it('walks through the tree with the keys, and draws a customer', async () => {
    const view = await show();
    const commands = commandsOf(view);
    expect(lines(view)[0]).toMatch(/a 1 .*25\.0 %.*65\.0 %.*2: Kirby, Metroid/);
    expect(lines(view).at(-1)).toMatch(/1 code.*12\.5 %.*12\.5 %.*no item has them here: cut/);
    const count = lines(view).length;
    const tree = deepQuery(view, 'mm-beam-tree')?.shadowRoot;
    tree?.querySelector<HTMLElement>('[role=treeitem][tabindex="0"]')?.focus();
    // The way to the first answer is open: folded, and unfolded again.
    await userEvent.keyboard('{ArrowLeft}');
    await settled();
    expect(lines(view).length).toBeLessThan(count);
    await userEvent.keyboard('{ArrowRight}{ArrowDown}');
    await settled();
    expect(lines(view)).toHaveLength(count);
    const focused = tree?.activeElement;
    expect(focused?.getAttribute('aria-level')).toBe('2');
    await userEvent.keyboard('{ArrowLeft}{End}');
    await settled();
    expect(tree?.activeElement?.textContent).toContain('cut');
    const asked = deepQuery(view, 'mm-recommend-customer')?.shadowRoot;
    const buttons = [...(asked?.querySelectorAll('button') ?? [])];
    buttons.find((button) => button.textContent.includes('Draw'))?.click();
    buttons.find((button) => button.textContent.includes('Type'))?.click();
    expect(commands).toEqual([
      {
        type: 'recommend',
        wanted: { customer: { place: expect.any(Number) as number }, sampleSeed: 2 },
      },
      { type: 'recommend', wanted: { customer: { typed: ['Zelda', 'Mario'] } } },
    ]);
  });
});
