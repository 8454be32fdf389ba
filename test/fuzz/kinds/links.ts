import { hubTitle, parseHubName } from '../../../src/io/hub/hub-name.ts';
import { choiceOfAddress } from '../../../src/ui/browser/executor-choice.ts';
import { routeOf } from '../../../src/ui/browser/router.ts';
import { fileNamed, jsonFile, promise, textFile, textOf, type FuzzKind } from '../fuzz-kind.ts';
import { mutateJson } from '../mutate/json.ts';
import { oneIn } from '../mutate/pick.ts';
import { mutateText } from '../mutate/text.ts';

const FILE = 'link.txt';

/**
 * The page's own address and names of models on a hub. No link carries a document: the address asks
 * for a view, an executor and the demo, and for nothing else.
 */
export const linksKind: FuzzKind = {
  name: 'links',
  reads: "the page's address (view and parameters) and names of models on a hub",
  refuses: ['invalid-argument'],
  seeds: () =>
    Promise.resolve(
      LINKS.map((link, at) => ({
        name: `link-${String(at)}`,
        input: [typeof link === 'string' ? textFile(FILE, link) : jsonFile(FILE, link)],
      })),
    ),
  mutate(input, random) {
    const text = textOf(fileNamed(input, FILE));
    const changed = oneIn(20, random) ? mutateJson(JSON.stringify(text), random) : text;
    return [textFile(FILE, mutateText(changed, random, WORDS))];
  },
  read(input) {
    const text = textOf(fileNamed(input, FILE));
    if (text.startsWith('#') || text.startsWith('?')) readAddress(text);
    else readHubName(text);
    return Promise.resolve();
  },
};

function readAddress(text: string): void {
  const [search = '', ...hash] = text.startsWith('#') ? ['', text] : text.split('#');
  const fragment = hash.join('#');
  const { view, parameters } = routeOf(fragment);
  promise(VIEWS.includes(view), 'a view that there is not');
  promise(
    [...parameters].every((pair) => pair.length === 2),
    'a parameter is none',
  );
  const choice = choiceOfAddress(search, fragment);
  promise(choice === null || ['auto', 'webgpu', 'cpu'].includes(choice), 'an executor is none');
}

function readHubName(text: string): void {
  const name = parseHubName(text);
  const { endpoint, repo, revision } = name;
  promise(/^[\w.-]+(\/[\w.-]+)?$/.test(repo) && !/(^|\/)\.\.?($|\/)/.test(repo), 'a repo is none');
  promise(revision !== '', 'a revision is empty');
  if (endpoint !== undefined) {
    const { protocol, origin } = new URL(endpoint);
    promise(/^https?:$/.test(protocol) && origin === endpoint, 'an endpoint is no origin');
  }
  promise(hubTitle(name).startsWith(repo), 'a title is of another model');
}

const VIEWS: readonly string[] = ['start', 'data', 'grid', 'merge', 'analysis', 'results'];
const LINKS = [
  '#/grid?run=demo&executor=cpu',
  '#/merge?executor=webgpu',
  '?executor=auto#/results',
  'org/model@main',
  'gpt2',
  'https://huggingface.co/org/model/tree/refs%2Fpr%2F1',
  'https://hub.example:8080/org/model/resolve/0123456789012345678901234567890123456789/config.json',
] as const;
const WORDS = {
  words: ['..', '.', '%2e%2e', '%00', '__proto__', 'javascript', 'x'.repeat(2000), '[::1]', 'cpu'],
  snippets: [
    '/',
    '#',
    '?',
    '&',
    '=',
    '%',
    '%zz',
    '@',
    ':',
    '\\',
    '..',
    '//',
    ' ',
    '\0',
    '😀',
    '\ud800',
  ],
};
