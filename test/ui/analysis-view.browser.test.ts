import axe from 'axe-core';
import { afterEach, expect, it } from 'vitest';
import '../../src/ui/style/tokens.css';
import { WCAG_RULES } from '../../scripts/look/axe-rules.ts';
import type { AnalysisResult } from '../../src/lab/analysis/analysis-result.ts';
import { MmAnalysisView } from '../../src/ui/views/analysis-view.ts';
import { deepQuery, deepText } from './samples/deep-query.ts';
import { doneState, SAMPLE_TEXT } from './samples/sample-state.ts';
import { CURVE_ANALYSES, SCALING_ANALYSIS } from './samples/sample-clicks.ts';
import { SAMPLE_ANALYSES } from './samples/sample-analyses.ts';

afterEach(() => {
  document.body.replaceChildren();
});

async function show(analyses: readonly AnalysisResult[]): Promise<MmAnalysisView> {
  const view = new MmAnalysisView();
  const state = doneState();
  view.state = {
    ...state,
    document: { ...state.document, text: SAMPLE_TEXT },
    run: { ...state.run, analyses },
  };
  document.body.append(view);
  for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
  return view;
}

const ALL = [...SAMPLE_ANALYSES, ...CURVE_ANALYSES.slice(0, 1), SCALING_ANALYSIS];

it.each(ALL.map((one) => [one.value.kind, one] as const))(
  '%s: figures, table twins and no serious violation',
  async (_, result) => {
    const view = await show([result]);
    expect(deepText(document.body, 'mm-analysis-view')).toContain(result.name);
    const { violations } = await axe.run(view, {
      runOnly: WCAG_RULES,
      rules: { 'color-contrast': { enabled: false } },
    });
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
    expect(deepQuery(view, 'svg[role=img],td')).not.toBeNull();
  },
);

it('says how few points a regression has, and sends an edit for chosen models', async () => {
  const regression = SAMPLE_ANALYSES.filter(({ value }) => value.kind === 'weight-regression');
  const view = await show(regression);
  expect(deepText(document.body, 'mm-analysis-view')).toMatch(/n = 3 contexts.*illustration/s);
  const sent: unknown[] = [];
  view.addEventListener('mm-command', (event) => {
    sent.push((event as CustomEvent<unknown>).detail);
  });
  (deepQuery(view, 'input[type=checkbox]') as HTMLInputElement).click();
  for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
  (deepQuery(view, 'button.primary') as HTMLButtonElement).click();
  expect(sent).toEqual([
    expect.objectContaining({
      type: 'edit',
      text: expect.stringContaining('kind: task-vectors') as string,
    }),
  ]);
});

it('draws the learning curves of all seeds as one figure', async () => {
  const view = await show([...CURVE_ANALYSES, SCALING_ANALYSIS]);
  const options = [...(view.shadowRoot?.querySelectorAll('option') ?? [])];
  expect(options.map((one) => one.textContent.trim())).toEqual(['overfitting', 'ladder of sizes']);
  const menu = [
    ...(deepQuery(view, 'mm-learning-curves')?.shadowRoot?.querySelectorAll('select') ?? []),
  ];
  expect(menu.map((one) => [...one.options].map(({ value }) => value))).toEqual([
    ['Games', 'Books'],
    ['mean', '1', '2'],
  ]);
});
