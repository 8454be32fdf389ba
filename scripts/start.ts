import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ensureBuilt } from './build.ts';
import { startServer, type LocalServer } from './server/local-server.ts';

const FIRST_PORT = 4173;
const PORTS_TO_TRY = 20;

const { values } = parseArgs({
  options: { port: { type: 'string' }, open: { type: 'boolean', default: true } },
  allowNegative: true,
});
const wanted = values.port === undefined ? undefined : Number(values.port);
if (wanted !== undefined && !(Number.isInteger(wanted) && wanted > 0 && wanted < 65536)) {
  console.error(`--port ${values.port ?? ''}: must be a whole number between 1 and 65535.`);
  process.exit(2);
}

const server = await serve(await ensureBuilt());
const url = `http://localhost:${server.port}/`;
console.log(`MMGrid Playground: ${url}   (Ctrl-C ends it)`);
if (values.open) openPage(url);

async function serve(root: string): Promise<LocalServer> {
  if (wanted !== undefined) return startServer({ root, port: wanted, compresses: true });
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS_TO_TRY; port++) {
    try {
      // One after the other: the first free port keeps its stored checkpoints between starts.
      return await startServer({ root, port, compresses: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    }
  }
  return startServer({ root, compresses: true });
}

/** Opens the page where there is a desktop; a server without one just keeps serving. */
function openPage(address: string): void {
  const { platform, env } = process;
  const hasDesktop =
    platform !== 'linux' || (env['DISPLAY'] ?? '') !== '' || (env['WAYLAND_DISPLAY'] ?? '') !== '';
  if (!hasDesktop || (env['CI'] ?? '') !== '') return;
  const [command, parameters] =
    platform === 'darwin'
      ? ['open', [address]]
      : platform === 'win32'
        ? ['cmd', ['/c', 'start', '', address]]
        : ['xdg-open', [address]];
  const child = spawn(command, parameters, { stdio: 'ignore', detached: true });
  child.on('error', () => {
    console.log('No browser could be opened; open the address above yourself.');
  });
  child.unref();
}
