import { afterEach, describe, expect, it } from 'vitest';
import { userEvent } from 'vitest/browser';
import '../../src/ui/style/tokens.css';
import { MmGridTable } from '../../src/ui/parts/grid/grid-table.ts';
import type { CellEvent } from '../../src/ui/parts/grid/grid-table.ts';
import { gridOf } from '../../src/ui/state/selectors.ts';
import type { CellKey } from '../../src/ui/state/state.ts';
import { trainingState } from './samples/sample-state.ts';

let opened: CellKey[] = [];

async function showGrid(): Promise<MmGridTable> {
  const table = new MmGridTable();
  table.grid = gridOf(trainingState());
  table.addEventListener('cell', (event) => {
    opened.push((event as CellEvent).detail);
  });
  document.body.append(table);
  await table.updateComplete;
  return table;
}

function focused(table: MmGridTable): string {
  const cell = table.shadowRoot?.activeElement;
  return cell instanceof HTMLElement
    ? `${cell.dataset['domain'] ?? ''}/${cell.dataset['stage'] ?? ''}`
    : '';
}

afterEach(() => {
  document.body.replaceChildren();
  opened = [];
});

describe('grid by keyboard', () => {
  it('is one tab stop and arrows move in two dimensions', async () => {
    const table = await showGrid();
    await userEvent.keyboard('{Tab}');
    expect(focused(table)).toBe('/base');
    const path: string[] = [];
    for (const key of [
      'ArrowRight',
      'ArrowRight',
      'ArrowRight',
      'ArrowRight',
      'ArrowDown',
      'Home',
      'End',
      'ArrowLeft',
      'ArrowDown',
      'ArrowUp',
    ]) {
      await userEvent.keyboard(`{${key}}`);
      await table.updateComplete;
      path.push(focused(table));
    }
    expect(path).toEqual([
      'Games/pretrain',
      'Games/phase1',
      'Games/phase2',
      'Games/phase2', // the end of a row stays
      'Books/phase2',
      '/base', // stands left of every row
      'Games/phase2',
      'Games/phase1',
      'Books/phase1',
      'Games/phase1',
    ]);
    const stops = [...(table.shadowRoot?.querySelectorAll('td[tabindex="0"]') ?? [])];
    expect(stops).toHaveLength(1);
  });

  it('shows by an arrow what a model goes on from, the base beside every row', async () => {
    const table = await showGrid();
    const cells = [...(table.shadowRoot?.querySelectorAll('td') ?? [])];
    const from = cells.filter((cell) => cell.querySelector('.arrow') !== null);
    expect(
      from.map(({ dataset }) => `${dataset['domain'] ?? ''}/${dataset['stage'] ?? ''}`),
    ).toEqual([
      'Games/pretrain',
      'Games/phase1',
      'Games/phase2',
      'Books/pretrain',
      'Books/phase1',
      'Books/phase2',
    ]);
    expect(cells[0]?.rowSpan).toBe(2);
    expect(cells[0]?.textContent).toMatch(/mean of 2 windows/);
  });

  it('opens the focused cell with Enter', async () => {
    const table = await showGrid();
    await userEvent.keyboard('{Tab}{ArrowRight}{ArrowRight}{Enter}');
    expect(opened).toEqual([{ domain: 'Games', stage: 'phase1' }]);
    table.selected = opened[0] ?? null;
    await table.updateComplete;
    const selected = [...(table.shadowRoot?.querySelectorAll('td[aria-selected="true"]') ?? [])];
    expect(selected.map((cell) => (cell as HTMLElement).dataset['stage'])).toEqual(['phase1']);
  });
});
