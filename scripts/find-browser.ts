import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'chrome',
  'microsoft-edge',
] as const;

/**
 * Path of a Chromium-family browser: `CHROME_PATH`, the usual names on PATH, the usual places of
 * macOS and Windows, then the one Playwright downloaded. Null when there is none. A `CHROME_PATH`
 * that does not exist counts as none: silently using another browser would hide the mistake.
 */
export function findBrowser(environment: NodeJS.ProcessEnv = process.env): string | null {
  const named = environment['CHROME_PATH'];
  if (named !== undefined && named !== '') return existsSync(named) ? named : null;
  const candidates = [...onPath(environment), ...usualPlaces(environment), playwrightBrowser()];
  return candidates.find((path) => path !== '' && existsSync(path)) ?? null;
}

/**
 * Which WebGPU adapter a browser may use: `software` (tests: same bits everywhere), `any` (what the
 * machine has, else software), `none` (the browser as it is without WebGPU).
 */
export type AdapterFlag = 'software' | 'any' | 'none';

/**
 * Workgroup memory begins as zeros either way. Asked for by Vulkan's extension, SwiftShader compiles a
 * store for every word of it, which was nine tenths of compiling a matrix product in tiles.
 */
const ZEROS_BY_LOOPS =
  '--disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension';

/** Command-line flags every browser of this project is started with; its own traffic is silenced. */
export function browserFlags(adapter: AdapterFlag): string[] {
  const flags = [
    '--disable-background-networking',
    '--disable-client-side-phishing-detection',
    '--disable-component-update',
    '--disable-default-apps',
    '--disable-domain-reliability',
    '--disable-breakpad',
    '--disable-sync',
    '--metrics-recording-only',
    '--mute-audio',
    '--no-first-run',
    '--no-pings',
  ];
  if (adapter !== 'none') flags.push('--enable-unsafe-webgpu');
  if (adapter === 'software') flags.push('--use-webgpu-adapter=swiftshader', ZEROS_BY_LOOPS);
  if (adapter === 'any' && process.platform === 'linux') flags.push('--enable-features=Vulkan');
  // Chromium refuses to start its sandbox as root, which is what containers run as.
  if (process.getuid?.() === 0) flags.push('--no-sandbox');
  return flags;
}

function onPath(environment: NodeJS.ProcessEnv): string[] {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name + suffix)));
}

function usualPlaces(environment: NodeJS.ProcessEnv): string[] {
  if (process.platform === 'darwin') {
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
      (app) => `/Applications/${app}.app/Contents/MacOS/${app}`,
    );
  }
  if (process.platform !== 'win32') return [];
  const roots = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap(
    (name) => environment[name] ?? [],
  );
  return roots.flatMap((root) => [
    join(root, 'Google', 'Chrome', 'Application', 'chrome.exe'),
    join(root, 'Chromium', 'Application', 'chrome.exe'),
    join(root, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
  ]);
}

function playwrightBrowser(): string {
  try {
    return chromium.executablePath();
  } catch {
    return '';
  }
}
