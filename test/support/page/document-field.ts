import type { Locator, Page } from 'playwright';

/** The document's text in the built page's Grid, or where it stands open: behind *Edit as YAML* it is opened first. */
export async function documentField(page: Page): Promise<Locator> {
  const field = page.locator('textarea').first();
  await field.waitFor({ state: 'attached' });
  if (!(await field.isVisible())) await page.getByText('Edit as YAML').click();
  return field;
}
