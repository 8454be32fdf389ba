import { basename, dirname, join } from 'node:path';
import { build, type Plugin } from 'vite';
import { PROJECT_ROOT } from '../project.ts';
import { ISOLATION_HEADERS } from '../security-headers.ts';

const PREFIX = '/bundled-workers/';
const SOURCE = /\.worker\.ts\?worker&url$/;
const KERNELS = /^virtual:wasm-kernels\//;

/**
 * Workers of tests as one script each, as the built page has them: from its sources a worker asks the
 * server for some three hundred modules, and tests of sessions start many workers.
 */
export function bundledWorkers(): Plugin {
  /** Sources of what a page or a worker may start, by the address of their scripts. */
  const sources = new Map<string, string>();
  const scripts = new Map<string, Promise<string>>();
  return {
    ...addresses(sources),
    configureServer({ middlewares, watcher }) {
      watcher.on('change', () => {
        scripts.clear();
      });
      middlewares.use((request, response, next) => {
        const address = request.url?.replace(/\?.*$/, '') ?? '';
        const source = sources.get(address);
        if (source === undefined) {
          next();
          return;
        }
        const script = scripts.get(address) ?? bundle(source, sources);
        scripts.set(address, script);
        script.then((code) => {
          for (const [header, value] of Object.entries(ISOLATION_HEADERS)) {
            response.setHeader(header, value);
          }
          response.setHeader('Content-Type', 'text/javascript');
          response.end(code);
        }, next);
      });
    },
  };
}

/** Gives importers of a worker's address that of its script. */
function addresses(sources: Map<string, string>): Plugin {
  return {
    name: 'bundled-workers',
    enforce: 'pre',
    resolveId: {
      filter: { id: SOURCE },
      handler(id, importer = '') {
        const source = join(dirname(importer), id.replace(/\?.*$/, ''));
        const address = `${PREFIX}${basename(source, '.ts')}.js`;
        sources.set(address, source);
        return `\0${address}`;
      },
    },
    load: {
      filter: { id: new RegExp(`^\\0${PREFIX}`) },
      handler: (id) => `export default ${JSON.stringify(id.slice(1))};`,
    },
  };
}

async function bundle(source: string, sources: Map<string, string>): Promise<string> {
  const result = await build({
    root: PROJECT_ROOT,
    configFile: false,
    logLevel: 'warn',
    plugins: [addresses(sources), servedKernels()],
    build: {
      write: false,
      minify: false,
      target: 'es2023',
      rolldownOptions: {
        input: source,
        checks: { pluginTimings: false },
        output: { codeSplitting: false },
      },
    },
  });
  const outputs = [result].flat().flatMap((each) => ('output' in each ? each.output : []));
  const [script, ...others] = outputs.filter((output) => output.type === 'chunk');
  if (script === undefined || others.length > 0) {
    throw new Error(`${source} does not fit into one script.`);
  }
  return script.code;
}

/** Compiled kernels come from the server of the tests, which has them for the page. */
function servedKernels(): Plugin {
  return {
    name: 'served-kernels',
    enforce: 'pre',
    resolveId: {
      filter: { id: KERNELS },
      handler: (id) => ({ id: `/@id/__x00__${id}`, external: 'absolute' }),
    },
  };
}
