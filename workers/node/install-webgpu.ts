import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../src/core/errors.ts';

/** The package `webgpu`: Dawn, the WebGPU of Chromium, for Node. */
interface WebGpuPackage {
  create(options: readonly string[]): GPU;
  readonly globals: Readonly<Record<string, unknown>>;
}

/**
 * Makes Dawn's WebGPU what a page's would be.
 * @param adapter part of an adapter's name; null takes the fastest
 * @errors webgpu-unavailable when the package is missing or does not load here, adapter-unavailable
 *   on a Linux without Vulkan
 */
export async function installWebGpu(adapter: string | null): Promise<GPU> {
  requireVulkanLoader();
  let found: WebGpuPackage;
  try {
    found = (await import('webgpu')) as unknown as WebGpuPackage;
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new AppError('webgpu-unavailable', `The package "webgpu" does not load: ${reason}.`, {
      hint: 'Install it for this machine: npm install --no-save webgpu.',
      cause,
    });
  }
  Object.assign(globalThis, found.globals);
  const gpu = found.create(adapter === null ? [] : [`adapter=${adapter}`]);
  const value = {
    gpu,
    userAgent: `Node ${process.version}`,
    hardwareConcurrency: availableParallelism(),
  };
  Object.defineProperty(globalThis, 'navigator', { value, configurable: true });
  return gpu;
}

/** Asked before Dawn is: without its loader Dawn prints a warning of its own and finds nothing. */
function requireVulkanLoader(): void {
  if (process.platform !== 'linux' || hasVulkanLoader()) return;
  throw new AppError('adapter-unavailable', `There is no GPU that Vulkan could use (${VULKAN}).`, {
    hint: 'With a GPU, install its driver and the Vulkan loader (Debian: libvulkan1).',
  });
}

const VULKAN = 'libvulkan.so.1';

/** Of a Linux. Without a list of all libraries that the linker finds, Dawn may try. */
export function hasVulkanLoader(): boolean {
  const named = (process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter((folder) => folder !== '');
  if (named.some((folder) => existsSync(join(folder, VULKAN)))) return true;
  const list = '/etc/ld.so.cache';
  return !existsSync(list) || readFileSync(list).includes(VULKAN);
}
