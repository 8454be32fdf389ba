import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { page as browserPage, userEvent } from 'vitest/browser';
import '../../src/ui/style/tokens.css';
import { WCAG_RULES } from '../../scripts/look/axe-rules.ts';
import { MmPage } from '../../src/ui/shell/page.ts';
import type { SearchResult } from '../../src/lab/work/search-rows.ts';
import type { MergeEntry } from '../../src/ui/document/document-edit.ts';
import type { AppState, ProbeState } from '../../src/ui/state/state.ts';
import type { ViewName } from '../../src/ui/state/view-names.ts';
import {
  apply,
  CPU_REPORT,
  doneState,
  faultyState,
  profiledState,
  readyState,
  SAMPLE_TEXT,
  trainingState,
} from './samples/sample-state.ts';
import { answeredState } from './samples/sample-answers.ts';
import { clickDoneState, clickTrainingState } from './samples/sample-clicks.ts';
import { deepQuery, deepText } from './samples/deep-query.ts';

const VIEWS: readonly ViewName[] = ['data', 'grid', 'merge', 'analysis', 'results'];
const STATES: Readonly<Record<string, () => AppState>> = {
  ready: () => readyState(CPU_REPORT),
  training: trainingState,
  done: doneState,
  faulty: faultyState,
  profiled: profiledState,
  clicks: clickDoneState,
  compared: () => ({ ...answeredState(), reference: 'phase1' }),
};

/** @param commands gets what the page asks for, from its first moment on */
async function show(state: AppState, commands: unknown[] = []): Promise<MmPage> {
  const page = new MmPage();
  page.addEventListener('mm-command', (event) => {
    commands.push((event as CustomEvent<unknown>).detail);
  });
  page.state = state;
  page.presets = [{ id: 'demo', title: 'Demo', text: SAMPLE_TEXT }];
  document.body.append(page);
  await page.updateComplete;
  // Children render after their parents: two frames settle the whole tree.
  for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
  return page;
}

function commandsOf(page: MmPage): unknown[] {
  const commands: unknown[] = [];
  page.addEventListener('mm-command', (event) => {
    commands.push((event as CustomEvent<unknown>).detail);
  });
  return commands;
}

// As tall as any view: the sticky bar then covers nothing, as after scrolling.
beforeEach(() => browserPage.viewport(1280, 2600));

afterEach(() => {
  document.body.replaceChildren();
  delete document.documentElement.dataset['theme'];
});

describe.each(['light', 'dark'])('accessibility, %s', (theme) => {
  it.each(VIEWS.flatMap((view) => Object.keys(STATES).map((name) => [view, name] as const)))(
    '%s, %s: no serious violation',
    async (view, name) => {
      document.documentElement.lang = 'en';
      document.documentElement.dataset['theme'] = theme;
      const page = await show({ ...(STATES[name] ?? readyState)(), view });
      const { violations, passes } = await axe.run(page, {
        runOnly: WCAG_RULES,
      });
      const serious = violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
      expect(serious).toEqual([]);
      expect(passes.length).toBeGreaterThan(5);
    },
  );
});

describe('views', () => {
  it('grid: shows numbers, states and the live job', async () => {
    const page = await show(trainingState());
    const cell = deepQuery(page, 'td[data-domain="Games"][data-stage="phase2"]');
    expect(cell?.textContent).toMatch(/training/);
    expect(cell?.textContent).toMatch(/21 of 48 steps/);
    expect(deepText(page, 'mm-status-bar')).toMatch(
      /7\/17 jobs · this job: 21\/48 steps · 6\.40 steps\/s/,
    );
    expect(deepQuery(page, 'mm-curve canvas')).not.toBeNull();
  });

  it('grid: draws the share of close negatives beside the loss, and tells its last value', async () => {
    const state = trainingState();
    const jobs = Object.entries(state.run.jobs).map(([id, job]) => {
      const closeShares = job.curve.steps.map((step) => 1 / step);
      return [id, { ...job, curve: { ...job.curve, closeShares } }] as const;
    });
    const page = await show({ ...state, run: { ...state.run, jobs: Object.fromEntries(jobs) } });
    expect(deepText(page, 'mm-grid-view')).toMatch(/Share of negatives that are close/);
    expect(deepText(page, 'mm-inspector')).toMatch(/Close negatives\s*\d+\.\d % in the last step/);
    const plain = await show(trainingState());
    expect(deepText(plain, 'mm-grid-view')).not.toMatch(/close/);
  });

  it('says why there is no GPU and what to do in the chip of the machine, and only there', async () => {
    const page = await show(readyState(CPU_REPORT));
    expect(deepText(page, 'mm-status-bar')).toMatch(/CPU \(TypeScript\): no hardware GPU/);
    expect(deepText(page, 'mm-machine-menu')).toMatch(
      /offers no WebGPU adapter.*hardware acceleration/s,
    );
    expect(deepText(page, 'main')).not.toMatch(/WebGPU/);
  });

  it('brings a reader at the foot of the page to the profile that opens at its top', async () => {
    await browserPage.viewport(1280, 500);
    const page = await show(readyState());
    globalThis.scrollTo(0, document.documentElement.scrollHeight);
    expect(globalThis.scrollY).toBeGreaterThan(100);
    page.state = profiledState();
    for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
    const heading = deepQuery(page, 'mm-profile')?.shadowRoot?.querySelector('h2');
    const { top, bottom } = heading?.getBoundingClientRect() ?? { top: -1, bottom: Infinity };
    expect(top).toBeGreaterThan(0);
    expect(bottom).toBeLessThan(500);
  });

  it('shows the profile of a step with its rates, and says how it was taken', async () => {
    const page = await show(profiledState());
    const text = deepText(page, 'mm-profile');
    expect(text).toMatch(/20\.00 ms in 62 dispatches for 16 rows of 64 tokens/);
    expect(text).toMatch(/timestamp queries, mean of 20 runs/);
    expect(text).toMatch(/matmul_nt 14 12\.000 60\.0 % 50\.0 8\.33 50\.0 % M 1024/);
    const panel = deepQuery(page, 'mm-profile');
    const commands = commandsOf(page);
    const buttons = [...(panel?.shadowRoot?.querySelectorAll('button') ?? [])];
    for (const button of buttons) button.click();
    expect(commands).toEqual([
      { type: 'export-profile', how: 'copy' },
      { type: 'export-profile', how: 'csv' },
      { type: 'close-profile' },
    ]);
  });

  it('lets the user choose the machine, but not while it works', async () => {
    const page = await show(readyState(CPU_REPORT));
    const select = deepQuery(page, 'mm-machine-menu select') as HTMLSelectElement;
    expect(select.value).toBe('auto');
    const commands = commandsOf(page);
    select.value = 'webgpu';
    select.dispatchEvent(new Event('change'));
    (deepQuery(page, 'mm-machine-menu .explain button') as HTMLButtonElement).click();
    expect(commands).toEqual([{ type: 'choose-executor', choice: 'webgpu' }, { type: 'profile' }]);
    page.state = trainingState();
    for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(select.disabled).toBe(true);
  });

  it('data: statistics, leakage check, dates', async () => {
    const page = await show({ ...doneState(), view: 'data' });
    const text = deepText(page, 'mm-data-view');
    expect(text).toMatch(/Leakage check: 0 interactions of the future/);
    expect(text).toMatch(/2,713/);
    expect(deepText(page, 'mm-timeline')).toMatch(/2024-07-01 – 2024-10-01/);
    expect(text).toMatch(/Interactions add up/);
    const chart = deepQuery(page, 'mm-data-view mm-line-chart');
    const marks = [...(chart?.shadowRoot?.querySelectorAll('svg[role=img] text') ?? [])];
    expect(marks.map((mark) => mark.textContent)).toContain('2024-01');
  });

  it('results: sorts by a metric, says so, and filters', async () => {
    const page = await show({ ...doneState(), view: 'results' });
    const view = deepQuery(page, 'mm-results-view');
    const header = [...(view?.shadowRoot?.querySelectorAll('th') ?? [])].find((th) =>
      th.textContent.includes('Recall@10'),
    );
    header?.querySelector('button')?.click();
    await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(header?.getAttribute('aria-sort')).toBe('descending');
    const values = [...(view?.shadowRoot?.querySelectorAll('tbody tr') ?? [])].map((row) =>
      parseFloat(row.querySelector('td.num')?.textContent ?? ''),
    );
    expect(values.length).toBe(28);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
  });

  it('results: are compared with what is chosen, and say how far apart they are', async () => {
    const page = await show({ ...answeredState(), view: 'results' });
    const view = deepQuery(page, 'mm-results-view');
    const menu = view?.shadowRoot?.querySelector<HTMLSelectElement>('#reference');
    if (menu === null || menu === undefined) throw new Error('no menu of references');
    expect([...menu.options].map((one) => one.textContent.trim())).toContain('phase1');
    const asked = commandsOf(page);
    menu.value = 'phase1';
    menu.dispatchEvent(new Event('change'));
    expect(asked).toEqual([{ type: 'compare', reference: 'phase1' }]);
    page.state = { ...answeredState(), view: 'results', reference: 'phase1' };
    for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
    const text = deepText(page, 'mm-results-view');
    expect(text).toMatch(/difference to phase1 on the same users/);
    expect(text).toMatch(/Δ \+50\.00 ± 28\.87/);
  });

  it('merge: says when the base cannot matter and emits the document with the merge', async () => {
    const page = await show({ ...doneState(), view: 'merge' });
    const form = deepQuery(page, 'mm-merge-form');
    await vi.waitUntil(() => form?.shadowRoot?.querySelector('#method') !== null);
    const method = form?.shadowRoot?.querySelector<HTMLSelectElement>('#method');
    if (method === null || method === undefined) throw new Error('no method field');
    method.value = 'task_arithmetic';
    method.dispatchEvent(new Event('change'));
    await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(form?.shadowRoot?.textContent).toMatch(/The base has no effect here/);
    await vi.waitUntil(() => form?.shadowRoot?.querySelector('figure rect') !== null);
    const commands: string[] = [];
    page.addEventListener('mm-command', (event) => {
      const { detail } = event as CustomEvent<{ type: string; text?: string }>;
      commands.push(detail.type);
      if (detail.type === 'edit') expect(detail.text).toMatch(/method: task_arithmetic/);
    });
    form?.shadowRoot?.querySelector<HTMLButtonElement>('button.primary')?.click();
    expect(commands).toEqual(['edit', 'run']);
  });

  it('merge: is live by itself, probes at every move, and evaluates after a pause', async () => {
    const commands: { type: string; entry?: MergeEntry }[] = [];
    const page = await show({ ...doneState(), view: 'merge' }, commands);
    const since = (at: number) => commands.slice(at).map(({ type }) => type);
    await vi.waitUntil(() => since(0).includes('live-curves'));
    expect(since(0)).toEqual(['probe', 'live-curves']);
    const slider = deepQuery(page, 'mm-live-curve')?.shadowRoot?.querySelector('input');
    if (slider === null || slider === undefined) throw new Error('no slider');
    const drag = (value: string, type: string) => {
      slider.value = value;
      slider.dispatchEvent(new Event(type));
    };
    drag('0.3', 'input');
    expect(since(2)).toEqual(['probe']);
    expect(commands[2]?.entry?.['parameters']).toMatchObject({ weight: [0.7, 0.3] });
    drag('0.4', 'input');
    drag('0.4', 'change');
    expect(since(3)).toEqual(['probe', 'probe', 'live-curves']);
    // A key a moment later takes the pause's place: one evaluation.
    drag('0.41', 'change');
    await vi.waitUntil(() => since(6).includes('run'), { timeout: 5000 });
    expect(since(6)).toEqual(['probe', 'live-curves', 'edit', 'run']);
    const entry = commands[6]?.entry ?? expect.fail('no entry');
    page.state = { ...doneState(), view: 'merge', probe: { ...PROBE, entry } };
    await page.updateComplete;
    const lab = () => deepText(page, 'mm-live-lab');
    await vi.waitUntil(() => /probe · 64 users of validation · 41 ms/.test(lab()));
    expect(deepText(page, 'mm-live-bars')).toMatch(/2\.50 ± 0\.20/);
    // Elsewhere the numbers are old, and say so.
    drag('0.9', 'input');
    await vi.waitUntil(() => /measuring …/.test(lab()));
  });

  it('merge: draws a search as it grows and opens the trial that is clicked', async () => {
    const state = doneState();
    const page = await show({
      ...state,
      view: 'merge',
      document: { ...state.document, text: state.document.text + SEARCH_TEXT },
      run: { ...state.run, searches: { one: SEARCH_RESULT } },
    });
    const form = deepQuery(page, 'mm-merge-form');
    await vi.waitUntil(() => form?.shadowRoot?.querySelector('#method') !== null);
    const panel = deepQuery(page, 'mm-search-panel');
    expect(panel?.shadowRoot?.textContent).toMatch(/Best on validation: 5\.00 at\s+alpha -0\.2/);
    const chart = panel?.shadowRoot?.querySelector('mm-search-chart');
    const marks = chart?.shadowRoot?.querySelectorAll('circle.hit') ?? [];
    expect(marks).toHaveLength(3);
    marks[1]?.dispatchEvent(new MouseEvent('click'));
    for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
    const method = form?.shadowRoot?.querySelector<HTMLSelectElement>('#method');
    expect(method?.value).toBe('velocity');
    const number = form?.shadowRoot?.querySelector<HTMLInputElement>('input[type=number]');
    expect(number?.value).toBe('-0.2');
  });

  it('results: a model’s name opens the inspector, Escape closes it', async () => {
    const state = { ...doneState(), view: 'results' as const };
    const page = await show(state);
    const commands = commandsOf(page);
    const name = 'Games/phase2';
    const buttons = [
      ...(deepQuery(page, 'mm-results-view')?.shadowRoot?.querySelectorAll('th button') ?? []),
    ];
    const link = buttons.find((button) => button.textContent.trim() === name);
    if (!(link instanceof HTMLElement)) throw new Error(`There is no button "${name}".`);
    link.focus();
    link.click();
    const [asked] = commands as { readonly type: string; readonly id: string }[];
    expect(asked).toEqual({ type: 'inspect', id: 'train Games phase2' });
    page.state = { ...state, inspected: asked?.id ?? null };
    await page.updateComplete;
    await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(deepText(page, 'mm-inspector')).toMatch(/Checkpoint\s*Games\/phase2/);
    await userEvent.keyboard('{Escape}');
    expect(commands.at(-1)).toEqual({ type: 'inspect', id: null });
  });

  it('grid: trains everything again with another seed', async () => {
    const page = await show(doneState());
    const commands = commandsOf(page);
    const buttons = [
      ...(deepQuery(page, 'mm-grid-hero')?.shadowRoot?.querySelectorAll('button') ?? []),
    ];
    buttons.find((button) => /again with seed 2/.test(button.textContent))?.click();
    expect(commands.map((command) => (command as { readonly type: string }).type)).toEqual([
      'edit',
      'run',
    ]);
    expect((commands[0] as { readonly text: string }).text).toMatch(
      /seeds: \[ *2 *\]|seeds:\n +- 2/,
    );
  });

  it('grid: shows the overfitting picture while click models train, and scores them by AUC', async () => {
    const page = await show(clickTrainingState());
    expect(deepText(page, 'mm-grid-view')).toMatch(/AUC on the own test window/);
    expect(deepQuery(page, 'td[data-stage="ST"]')?.textContent).toMatch(/31 of 60 steps/);
    const picture = deepQuery(page, 'mm-line-chart');
    expect(picture?.shadowRoot?.querySelectorAll('path.line')).toHaveLength(6);
    page.state = clickDoneState();
    for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(deepQuery(page, 'td[data-stage="FT&SF"]')?.textContent).toMatch(/\d\d\.\d\d\s+± 1\.20/);
    const grid = deepQuery(page, 'mm-grid-view');
    const menu = [...(grid?.shadowRoot?.querySelectorAll('select') ?? [])].find((one) =>
      [...one.options].some(({ value }) => value === 'log-loss@0'),
    );
    if (menu === undefined) throw new Error('no menu of metrics');
    expect([...menu.options].map((one) => one.textContent.trim())).toEqual([
      ...['AUC', 'GAUC', 'log loss'],
    ]);
    menu.value = 'log-loss@0';
    menu.dispatchEvent(new Event('change'));
    for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(deepQuery(page, 'td[data-stage="FT&SF"]')?.textContent).toMatch(/0\.\d{4}\s+± 0\.0040/);
    expect(deepText(page, 'mm-matrix')).toMatch(/log loss in nats/);
  });

  it('results: click models have no cut-off, and log loss sorts from the lowest', async () => {
    const page = await show({ ...clickDoneState(), view: 'results' });
    const view = deepQuery(page, 'mm-results-view');
    expect(view?.shadowRoot?.querySelector('#cutoff')).toBeNull();
    expect(deepText(page, 'mm-results-view')).toMatch(/log loss in nats \(less is better\)/);
    const header = [...(view?.shadowRoot?.querySelectorAll('th') ?? [])].find((th) =>
      th.textContent.includes('log loss'),
    );
    header?.querySelector('button')?.click();
    await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(header?.getAttribute('aria-sort')).toBe('ascending');
  });

  it('results: has what import, checks and run said of the data', async () => {
    const page = await show({
      ...apply(doneState(), [{ type: 'note', text: 'Warning: Games: 2 of 60 items' }]),
      view: 'results',
    });
    const text = deepText(page, 'mm-results-view');
    expect(text).toMatch(/Notes on the data\s+Warning: Games: 2 of 60 items/);
    expect(
      deepText(await show({ ...doneState(), view: 'results' }), 'mm-results-view'),
    ).not.toMatch(/Notes on the data/);
  });

  it('shows one message and its hint, never a stack', async () => {
    const page = await show(faultyState());
    const text = deepText(page, 'mm-problem');
    expect(text).toMatch(/the loss is not a number at step 22/);
    expect(text).toMatch(/Finished cells are stored/);
    expect(text).not.toMatch(/\bat .*\.ts/);
    expect(deepText(page, 'mm-document')).toMatch(/2 faults/);
  });

  it('selects the line of a fault', async () => {
    const page = await show(faultyState());
    const editor = deepQuery(page, 'mm-document');
    editor?.shadowRoot?.querySelector<HTMLButtonElement>('li button')?.click();
    const area = editor?.shadowRoot?.querySelector('textarea');
    const selected = area?.value.slice(area.selectionStart, area.selectionEnd);
    expect(selected).toMatch(/name: phase1/);
  });

  it.each(
    VIEWS.flatMap(
      (view) =>
        [
          [view, 'rankings', doneState],
          [view, 'clicks', clickDoneState],
        ] as const,
    ),
  )('%s of %s does not scroll sideways at 320 px', async (view, _, state) => {
    await browserPage.viewport(320, 700);
    const page = await show({ ...state(), view });
    expect(innerWidth).toBe(320);
    expect(document.documentElement.scrollWidth).toBe(320);
    expect(page.getBoundingClientRect().width).toBe(320);
  });
});

const NUMBERS = {
  ...{ loss: 2.5, lossError: 0.1, recall1: 12.5, standardError: 4.2, hits: 8, users: 64 },
};
const CHANGE = { loss: 0.1, lossError: 0.05, recall1: -1.5, recall1Error: 1.5 };
const PROBE: ProbeState = {
  isRunning: false,
  result: {
    split: 'validation',
    places: [{ domain: 'Games', ...NUMBERS, parent: { ...NUMBERS, loss: 2.75 }, change: CHANGE }],
    ms: { merge: 8, evaluate: 30, total: 38 },
  },
  roundTripMs: 41,
  problem: null,
};

const SEARCH_TEXT = `
searches:
  - name: alpha
    merge: { over: periods, method: velocity }
    vary: { alpha: { from: -0.4, to: 0, step: 0.2 } }
`;

const SEARCH_RESULT: SearchResult = {
  search: {
    name: 'alpha (Games)',
    seed: 1,
    method: 'velocity',
    keys: ['alpha'],
    budget: 3,
    objective: { metric: 'recall', k: 10, domains: 'mean' },
    split: 'validation',
  },
  trials: [3, 5, 4].map((score, index) => ({
    id: String(index),
    point: { alpha: -0.4 + 0.2 * index },
    parameters: { alpha: -0.4 + 0.2 * index },
    score,
    values: (['validation', 'test'] as const).map((split) => ({
      domain: 'Games',
      split,
      value: score,
      standardError: 1,
      n: 10,
    })),
  })),
};
