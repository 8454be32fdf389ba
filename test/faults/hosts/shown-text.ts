import type { Page } from 'playwright';

/** Everything that stands in the page, inside its elements, too; not what stands in its fields. */
export function shownText(page: Page): Promise<string> {
  return page.evaluate(allText);
}

/** The same; runs in the page. */
function allText(): string {
  const texts: string[] = [];
  const visit = (node: Node): void => {
    if (node instanceof Text) texts.push(node.data);
    if (node instanceof Element && node.shadowRoot !== null) visit(node.shadowRoot);
    if (node instanceof HTMLStyleElement || node instanceof HTMLScriptElement) return;
    node.childNodes.forEach(visit);
  };
  visit(document.body);
  return texts.join(' ');
}
