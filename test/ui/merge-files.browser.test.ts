import axe from 'axe-core';
import { afterEach, expect, it } from 'vitest';
import '../../src/ui/style/tokens.css';
import { MmMergeFiles } from '../../src/ui/parts/merge/merge-files.ts';
import { modelFiles } from '../merge/stream/model-files.ts';

afterEach(() => {
  document.body.replaceChildren();
});

const filesOf = (name: string, seed: number) =>
  [...modelFiles(seed)].map(([path, bytes]) => ({
    path: `${name}/${path}`,
    file: new File([bytes], path),
  }));

async function shows(element: Element, pattern: RegExp): Promise<void> {
  await expect
    .poll(() => element.shadowRoot?.textContent ?? '', { timeout: 20_000 })
    .toMatch(pattern);
}

it('takes models, proposes a recipe, says whether it fits', async () => {
  document.documentElement.lang = 'en';
  const element = new MmMergeFiles();
  document.body.append(element);
  await element.add([...filesOf('first', 2), ...filesOf('second', 3)]);
  await shows(element, /Fits: 7 tensors/);
  const recipe = element.shadowRoot?.querySelector('textarea');
  expect(recipe?.value).toMatch(/^merge_method: linear\nmodels:\n {2}- model: "first"/);
  if (recipe === null || recipe === undefined) throw new Error('There is no recipe.');
  recipe.value = 'merge_method: ties\nmodels: [{ model: first }]\n';
  recipe.dispatchEvent(new Event('input'));
  await shows(element, /base_model.*ties needs base_model/s);
  expect(element.shadowRoot?.querySelector<HTMLButtonElement>('.primary')?.disabled).toBe(true);
  const { violations } = await axe.run(element);
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
});
