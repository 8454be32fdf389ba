import { afterEach, expect, test } from 'vitest';
import '../../src/ui/parts/problem-banner.ts';
import type { MmProblem } from '../../src/ui/parts/problem-banner.ts';
import { CommandEvent, type Command } from '../../src/ui/state/events.ts';
import type { Problem } from '../../src/ui/text/problem.ts';

afterEach(() => {
  document.body.replaceChildren();
});

/** The banner of a problem: its text, its buttons by what they say, and what they send. */
async function shown(problem: Problem) {
  const banner = document.createElement('mm-problem') as MmProblem;
  banner.problem = problem;
  const sent: Command[] = [];
  banner.addEventListener(CommandEvent.type, (event) => {
    if (event instanceof CommandEvent) sent.push(event.detail);
  });
  document.body.append(banner);
  await banner.updateComplete;
  const buttons = [...(banner.shadowRoot?.querySelectorAll('button') ?? [])];
  const names = buttons.map((button) => button.textContent.trim().replace(/\s+/g, ' '));
  return { text: banner.shadowRoot?.textContent ?? '', buttons, names, sent };
}

const FULL = { code: 'quota-exceeded', message: 'No storage left.', hint: '', faults: [] };

test('a full storage offers the export of the model at hand and what to delete', async () => {
  const unsaved = { id: 'x1', name: 'Office/phase2' };
  const others = { count: 3, bytes: 12_000_000 };
  const { buttons, names, sent } = await shown({ ...FULL, remedies: { unsaved, others } });
  expect(names.slice(0, 2)).toEqual([
    'Export "Office/phase2"',
    'Delete 3 checkpoints of other documents (12.0 MB)',
  ]);
  buttons[0]?.click();
  buttons[1]?.click();
  expect(sent).toEqual([
    { type: 'export-checkpoint', id: 'x1', name: 'Office/phase2' },
    { type: 'delete-others' },
  ]);
  expect((await shown({ ...FULL, remedies: {} })).buttons).toHaveLength(1);
});

test('a page of another version than the rest asks for a reload', async () => {
  const { buttons, names, sent } = await shown({ ...FULL, code: 'version-mismatch' });
  expect(names[0]).toBe('Reload the page');
  buttons[0]?.click();
  expect(sent).toEqual([{ type: 'reload' }]);
});

test('a name cannot reorder what is shown', async () => {
  const { text } = await shown({
    ...FULL,
    message: '"a\u202egnp.exe" is damaged.',
    faults: [{ place: 'b\u200bc', message: 'd\u2066e' }],
  });
  expect(text).toContain('"a\\u202egnp.exe" is damaged.');
  expect(text).toContain('b\\u200bc');
  expect(text).toContain('d\\u2066e');
});
