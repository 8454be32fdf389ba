import { afterEach, describe, expect, it, vi } from 'vitest';
import '../../src/ui/style/tokens.css';
import { MmCurve } from '../../src/charts/curve.ts';
import { CurvePlot } from '../../src/charts/curve-plot.ts';

async function showCurve(): Promise<MmCurve> {
  const curve = new MmCurve();
  curve.series = [{ label: 'a', steps: [1, 2, 3], values: [3, 2, 1.5] }];
  document.body.append(curve);
  await curve.updateComplete;
  return curve;
}

afterEach(() => {
  document.body.replaceChildren();
  vi.restoreAllMocks();
});

describe('mm-curve', () => {
  it('has a table twin with the plotted numbers', async () => {
    const curve = await showCurve();
    const button = [...(curve.shadowRoot?.querySelectorAll('button') ?? [])].find((one) =>
      one.textContent.includes('Table'),
    );
    button?.click();
    await curve.updateComplete;
    const cells = [...(curve.shadowRoot?.querySelectorAll('tbody td') ?? [])];
    expect(cells.map((cell) => Number(cell.textContent))).toEqual([3, 2, 1.5]);
    expect(button?.getAttribute('aria-pressed')).toBe('true');
  });

  it('repaints at most four times a second, however often data arrive', async () => {
    const updates = vi.spyOn(CurvePlot.prototype, 'update');
    const curve = await showCurve();
    await vi.waitFor(() => {
      expect(curve.shadowRoot?.querySelector('canvas')).not.toBeNull();
    });
    const start = performance.now();
    let step = 3;
    while (performance.now() - start < 900) {
      step += 1;
      const before = curve.series[0];
      curve.series = [
        {
          label: 'a',
          steps: [...(before?.steps ?? []), step],
          values: [...(before?.values ?? []), 1],
        },
      ];
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const seconds = (performance.now() - start) / 1000;
    expect(updates.mock.calls.length).toBeGreaterThan(0);
    expect(updates.mock.calls.length).toBeLessThanOrEqual(Math.ceil(seconds * 4) + 1);
  });

  it('does not paint while the page is hidden', async () => {
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    const curve = await showCurve();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(curve.shadowRoot?.querySelector('canvas')).toBeNull();
    vi.restoreAllMocks();
    document.dispatchEvent(new Event('visibilitychange'));
    await vi.waitFor(() => {
      expect(curve.shadowRoot?.querySelector('canvas')).not.toBeNull();
    });
  });
});
