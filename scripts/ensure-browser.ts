import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { findBrowser } from './find-browser.ts';

/**
 * Path of a usable browser, installing one where that is possible: the `chromium` package as root on
 * Debian and Ubuntu, Playwright's own build elsewhere. Null, after saying what to type, when there
 * is none and none could be installed.
 */
export function ensureBrowser(): string | null {
  const named = process.env['CHROME_PATH'];
  if (named !== undefined && named !== '' && !existsSync(named)) {
    console.error(`CHROME_PATH names "${named}", which does not exist. Correct or unset it.`);
    return null;
  }
  const found = findBrowser();
  if (found !== null) return found;
  const debian = existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
  console.log(`No Chromium found; installing one with ${debian ? 'apt-get' : 'Playwright'} …`);
  if (debian) {
    run('apt-get', ['update', '-q']);
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium']);
  } else {
    run('npx', ['playwright', 'install', 'chromium']);
  }
  const installed = findBrowser();
  if (installed === null) console.error(howToInstall());
  return installed;
}

/** The exact command that gets a browser on this machine. */
export function howToInstall(platform: NodeJS.Platform = process.platform): string {
  const command =
    platform === 'linux' && existsSync('/usr/bin/apt-get')
      ? 'sudo apt-get update && sudo apt-get install -y chromium'
      : 'npx playwright install chromium';
  return [
    'There is no Chromium on this machine and it could not be installed. Type',
    `  ${command}`,
    'or set CHROME_PATH to a Chromium, Chrome or Edge that is already there.',
  ].join('\n');
}

function run(command: string, parameters: readonly string[]): void {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync(command, parameters, { stdio: ['ignore', 'inherit', 'inherit'], env: environment });
}

const started = process.argv[1];
if (started !== undefined && import.meta.url === pathToFileURL(started).href) {
  const path = ensureBrowser();
  if (path === null) process.exit(1);
  console.log(path);
}
