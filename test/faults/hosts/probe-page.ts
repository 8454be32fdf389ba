import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright';
import { build } from 'vite';
import { startServer, type LocalServer } from '../../../scripts/server/local-server.ts';
import { wasmKernels } from '../../../scripts/wasm-kernels.ts';
import { PROJECT_ROOT } from '../../support/sources.ts';
import type { Probe } from '../probe/probe.ts';

/**
 * A page of a build of its own, with the product's kernels, trainer and store within reach of a row. What
 * tests put into pages is nowhere in the product's build.
 */
export class ProbeSite {
  readonly url: string;
  private readonly server: LocalServer;
  private readonly folder: string;

  private constructor(server: LocalServer, folder: string) {
    this.server = server;
    this.folder = folder;
    this.url = `http://localhost:${String(server.port)}/`;
  }

  static async open(): Promise<ProbeSite> {
    const folder = mkdtempSync(join(tmpdir(), 'mmgrid-probe-'));
    const home = join(PROJECT_ROOT, 'test', 'faults', 'probe');
    await build({
      root: PROJECT_ROOT,
      configFile: false,
      logLevel: 'error',
      plugins: [wasmKernels()],
      resolve: { alias: { vitest: join(home, 'no-vitest.ts') } },
      build: {
        target: 'es2023',
        outDir: folder,
        emptyOutDir: false,
        minify: false,
        assetsInlineLimit: 0,
        rolldownOptions: {
          input: { probe: join(home, 'probe.ts') },
          output: { entryFileNames: '[name].js', codeSplitting: false },
        },
      },
    });
    const html =
      '<!doctype html><title>Probe</title><script type="module" src="probe.js"></script>';
    writeFileSync(join(folder, 'index.html'), html);
    return new ProbeSite(await startServer({ root: folder }), folder);
  }

  async page(context: Browser | BrowserContext): Promise<ProbePage> {
    const page = await context.newPage();
    await page.goto(this.url);
    await page.waitForFunction(() => 'probe' in globalThis);
    return new ProbePage(page);
  }

  async close(): Promise<void> {
    await this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

type Call<Name extends keyof Probe> = Parameters<Probe[Name]>;
type Answer<Name extends keyof Probe> = Awaited<ReturnType<Probe[Name]>>;

export class ProbePage {
  readonly page: Page;
  /** What nobody caught. */
  readonly thrown: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('pageerror', ({ message }) => this.thrown.push(message));
  }

  call<Name extends keyof Probe>(name: Name, ...given: Call<Name>): Promise<Answer<Name>> {
    return this.page.evaluate(
      ([member, words]) => {
        const { probe } = globalThis as unknown as {
          probe: Record<string, (...words: unknown[]) => unknown>;
        };
        return probe[member]?.(...words) as never;
      },
      [name, given] as const,
    );
  }
}
