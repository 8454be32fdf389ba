/** First match of `selector` in the tree below `root`, shadow roots included; null when none. */
export function deepQuery(root: Element | ShadowRoot, selector: string): Element | null {
  const [first = '', ...rest] = selector.split(' ');
  for (const element of deepElements(root)) {
    if (!element.matches(first)) continue;
    return rest.length === 0 ? element : deepQuery(element, rest.join(' '));
  }
  return null;
}

/** Text of the first match and everything below it, white space collapsed. */
export function deepText(root: Element, selector: string): string {
  const found = deepQuery(root, selector);
  if (found === null) return '';
  const scopes = [found, ...deepElements(found)].flatMap((element) => element.shadowRoot ?? []);
  return [found, ...scopes]
    .map((scope) => scope.textContent ?? '')
    .join(' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function* deepElements(root: Element | ShadowRoot): Generator<Element> {
  const inner = root instanceof Element ? root.shadowRoot : null;
  for (const scope of inner === null ? [root] : [inner, root]) {
    for (const child of scope.children) {
      yield child;
      yield* deepElements(child);
    }
  }
}
