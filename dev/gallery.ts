import '../src/ui/style/tokens.css';
import '../src/ui/shell/page.ts';
import { MmPage } from '../src/ui/shell/page.ts';
import { routeOf } from '../src/ui/browser/router.ts';
import {
  CPU_REPORT,
  doneState,
  faultyState,
  profiledState,
  readyState,
  SAMPLE_TEXT,
  trainingState,
} from '../test/ui/samples/sample-state.ts';

/** `dev/gallery.html?state=done&theme=dark#/merge`: the page with a filled state and no engine. */
const STATES = {
  ready: () => readyState(),
  cpu: () => readyState(CPU_REPORT),
  profiled: () => profiledState(),
  training: () => trainingState(),
  done: () => doneState(),
  faulty: () => faultyState(),
} as const;

const query = new URLSearchParams(location.search);
const theme = query.get('theme');
if (theme !== null) document.documentElement.dataset['theme'] = theme;
const name = Object.keys(STATES).find((key) => key === query.get('state')) ?? 'done';
const page = new MmPage();
page.presets = [{ id: 'demo', title: 'Demo: simulated shops', text: SAMPLE_TEXT }];

function show(): void {
  const make = STATES[name as keyof typeof STATES];
  page.state = { ...make(), view: routeOf(location.hash).view };
}

show();
addEventListener('hashchange', show);
document.body.append(page);
