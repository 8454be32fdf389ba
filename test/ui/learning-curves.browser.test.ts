import { afterEach, describe, expect, it } from 'vitest';
import '../../src/ui/style/tokens.css';
import { curvesOfAnalyses, curvesOfRun } from '../../src/ui/figures/learning-curves.ts';
import { MmLearningCurves } from '../../src/ui/parts/learning-curves.ts';
import { deepQuery } from './samples/deep-query.ts';
import { clickTrainingState, CURVE_ANALYSES } from './samples/sample-clicks.ts';

afterEach(() => {
  document.body.replaceChildren();
});

async function show(): Promise<MmLearningCurves> {
  const element = new MmLearningCurves();
  element.curves = curvesOfAnalyses(CURVE_ANALYSES);
  document.body.append(element);
  await settled();
  return element;
}

async function settled(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
}

function press(element: MmLearningCurves, text: string): void {
  const button = [...(element.shadowRoot?.querySelectorAll('button') ?? [])].find(
    (one) => one.textContent.trim() === text,
  );
  if (button === undefined) throw new Error(`no button ${text}`);
  button.click();
}

/** Cells of the table beside the chart, a line a strategy. */
function ends(element: MmLearningCurves): string[][] {
  const rows = [...(element.shadowRoot?.querySelectorAll('.both > .scroll tbody tr') ?? [])];
  return rows.map((row) =>
    [...row.children].map((cell) => cell.textContent.replaceAll(/\s+/g, ' ').trim()),
  );
}

describe('mm-learning-curves', () => {
  it('shows train, test, the gap with its interval and the best test epoch', async () => {
    const element = await show();
    const rows = ends(element);
    expect(rows.map(([name]) => name)).toEqual([...['NT', 'FT', 'ST', 'FT&SF', 'ST&SF']]);
    expect(element.shadowRoot?.querySelector('caption')?.textContent).toMatch(
      /means of 2 seeds, gap ± 95 % interval/,
    );
    const [, train = '', test = '', gap = ''] = rows[0] ?? [];
    expect(Number(gap.split(' ')[0])).toBeCloseTo(Number(train) - Number(test), 3);
    expect(gap).toMatch(/± 0\.\d{4}$/);
    expect(rows[0]?.[4]).toMatch(/\(1\)$/);
    expect(rows[3]?.[4]).toMatch(/\(6, last\)$/);
  });

  it('changes metric: log loss turns the gap round, GAUC has one side', async () => {
    const element = await show();
    press(element, 'log loss');
    await settled();
    expect(element.shadowRoot?.textContent).toMatch(/Gap\s+test − train/);
    expect(Number(ends(element)[0]?.[3]?.split(' ')[0])).toBeGreaterThan(0);
    press(element, 'GAUC');
    await settled();
    expect(ends(element)[0]).toHaveLength(3);
    expect(deepQuery(element, 'path[stroke-dasharray="5 4"]')).toBeNull();
  });

  it('chooses one seed, and then says no interval', async () => {
    const element = await show();
    const menu = [...(element.shadowRoot?.querySelectorAll('select') ?? [])][1];
    if (menu === undefined) throw new Error('no menu of seeds');
    menu.value = '2';
    menu.dispatchEvent(new Event('change'));
    await settled();
    expect(ends(element)[0]?.[0]).toBe('NT');
    expect(element.shadowRoot?.textContent).not.toContain('±');
  });

  it('has a table twin with the numbers of the chart', async () => {
    const element = await show();
    press(element, 'Table');
    await settled();
    expect(deepQuery(element, 'mm-line-chart')).toBeNull();
    const rows = [...(element.shadowRoot?.querySelectorAll('.twin tbody tr') ?? [])];
    expect(rows).toHaveLength(5 * 7);
    expect([...(rows[0]?.children ?? [])].map((cell) => cell.textContent)).toEqual([
      ...['NT', '0', '0.5000', '0.5000'],
    ]);
  });

  it('grows with the epochs of a run', async () => {
    const element = await show();
    element.curves = curvesOfRun(clickTrainingState().run);
    await settled();
    const marks = [...(deepQuery(element, 'svg[role=img]')?.querySelectorAll('path.mark') ?? [])];
    expect(marks).toHaveLength(7 + 7 + 4);
    expect(element.shadowRoot?.querySelectorAll('select')).toHaveLength(0);
  });
});
