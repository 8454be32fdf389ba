import { spawn, type ChildProcess } from 'node:child_process';
import { chromium, type Browser, type BrowserContext } from 'playwright';
import { browserFlags, findBrowser } from '../../../scripts/find-browser.ts';

/** A browser with a profile on the disk whose process is ours to kill. */
export class KillableBrowser {
  readonly context: BrowserContext;
  private readonly browser: Browser;
  private readonly child: ChildProcess;

  private constructor(browser: Browser, context: BrowserContext, child: ChildProcess) {
    this.browser = browser;
    this.context = context;
    this.child = child;
  }

  static async start(profile: string): Promise<KillableBrowser> {
    const executablePath = findBrowser();
    if (executablePath === null) throw new Error('There is no browser.');
    const child = spawn(
      executablePath,
      [
        ...browserFlags('none'),
        ...['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`],
        '--disable-gpu',
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const browser = await chromium.connectOverCDP(await endpointOf(child), { timeout: 120_000 });
    const [context] = browser.contexts();
    if (context === undefined) throw new Error('The browser has no profile.');
    return new KillableBrowser(browser, context, child);
  }

  /** At once, and without a word to anyone: what a browser that is killed leaves is on the disk or gone. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
    await this.browser.close().catch(() => undefined);
  }
}

function endpointOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      const [, endpoint] = /DevTools listening on (ws:\S+)/.exec(text) ?? [];
      if (endpoint !== undefined) resolve(endpoint);
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      reject(new Error(`The browser ended with ${String(code)}: ${text.slice(-500)}`));
    });
  });
}
