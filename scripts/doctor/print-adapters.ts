import { toAppError } from '../../src/core/errors.ts';
import { installWebGpu } from '../../workers/node/install-webgpu.ts';
import type { GpuFacts } from './machine-facts.ts';

/*
 * Prints what WebGPU finds as one line of JSON. A program of its own, so that whoever asks survives
 * a driver that does not.
 */
console.log(JSON.stringify(await adapters()));
// What keeps a GPU open would keep the program open, too.
process.exit();

async function adapters(): Promise<GpuFacts> {
  try {
    const gpu = await installWebGpu(null);
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter === null) {
      return { adapters: await listed(), chosen: null, problem: 'WebGPU finds no adapter.' };
    }
    const { description, vendor, architecture, device, isFallbackAdapter } = adapter.info;
    const name = device || `${vendor} ${architecture}`.trim() || 'GPU';
    const isSoftware = isFallbackAdapter || /swiftshader|llvmpipe/i.test(`${architecture} ${name}`);
    const chosen = { name, driver: description, isSoftware };
    return { adapters: await listed(), chosen, problem: '' };
  } catch (thrown) {
    const { message, hint } = toAppError(thrown);
    return { adapters: [], chosen: null, problem: `${message} ${hint}`.trim() };
  }
}

/** Dawn lists all adapters where it is asked for one that there is not. */
async function listed(): Promise<GpuFacts['adapters']> {
  const none = await installWebGpu('no adapter has this name');
  const text = await none.requestAdapter().then(
    () => '',
    (error: unknown) => String(error),
  );
  return Array.from(text.matchAll(/backend: '([^']*)', name: '([^']*)'/g), (found) => ({
    backend: found[1] ?? '',
    name: found[2] ?? '',
  }));
}
