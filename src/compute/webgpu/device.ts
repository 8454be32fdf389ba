import { within } from '../../core/deadline.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import type { AdapterProfile } from '../executor.ts';

/** A browser that has an adapter names it at once. */
const ADAPTER_MS = 5000;
/** A driver may have to be started first. */
const DEVICE_MS = 30_000;

/** Features worth having; each is optional and its absence only chooses another kernel. */
const WANTED_FEATURES = ['timestamp-query', 'subgroups', 'shader-f16'] as const;

/**
 * Limits raised to what the adapter offers: the defaults (128 MiB a binding) are small for large
 * models. All else runs within the defaults, so that an adapter that offers no more will do.
 */
const WANTED_LIMITS = ['maxBufferSize', 'maxStorageBufferBindingSize'] as const;

export interface DeviceOptions {
  /** Optional features to ask for; those the adapter lacks are left out. */
  readonly features?: readonly GPUFeatureName[];
  /** False keeps every limit at WebGPU's default, as on the smallest adapter there may be. */
  readonly raisesLimits?: boolean;
}

export interface OpenDevice {
  readonly device: GPUDevice;
  readonly profile: AdapterProfile;
}

/**
 * Requests a fresh adapter (one adapter gives one device only) and a device with explicit limits.
 * @errors webgpu-unavailable (no API, insecure context), adapter-unavailable
 */
export async function openDevice({
  features: wanted = WANTED_FEATURES,
  raisesLimits = true,
}: DeviceOptions = {}): Promise<OpenDevice> {
  // The DOM types promise navigator.gpu; browsers without WebGPU do not have it.
  const gpu = (navigator as { gpu?: GPU }).gpu;
  if (gpu === undefined) throw missingApi();
  const adapter = await requestAdapter(gpu);
  const features = wanted.filter((feature) => adapter.features.has(feature));
  const requiredLimits: Record<string, number> = {};
  if (raisesLimits) for (const name of WANTED_LIMITS) requiredLimits[name] = adapter.limits[name];
  const device = await requestDevice(adapter, { requiredFeatures: features, requiredLimits });
  return { device, profile: describe(adapter.info, device.limits, features) };
}

function missingApi(): AppError {
  if (!globalThis.isSecureContext) {
    return new AppError('webgpu-unavailable', 'WebGPU needs a secure page.', {
      hint: 'Open the page over https or from localhost.',
    });
  }
  return new AppError('webgpu-unavailable', 'This browser has no WebGPU.', {
    hint: 'Use a current Chrome, Edge, Safari 26 or Firefox.',
  });
}

async function requestAdapter(gpu: GPU): Promise<GPUAdapter> {
  const options: GPURequestAdapterOptions = { powerPreference: 'high-performance' };
  let adapter: GPUAdapter | null;
  try {
    const late = () => noAdapter(undefined);
    adapter = await within(gpu.requestAdapter(options), ADAPTER_MS, late);
  } catch (cause) {
    throw cause instanceof AppError ? cause : noAdapter(cause);
  }
  if (adapter === null) throw noAdapter(undefined);
  return adapter;
}

async function requestDevice(adapter: GPUAdapter, wish: GPUDeviceDescriptor): Promise<GPUDevice> {
  const late = () => noDevice(`it did not answer within ${String(DEVICE_MS / 1000)} seconds`);
  try {
    return await within(adapter.requestDevice(wish), DEVICE_MS, late, (device) => {
      device.destroy();
    });
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw noDevice(toAppError(cause).message, cause);
  }
}

function noDevice(reason: string, cause?: unknown): AppError {
  return new AppError('adapter-unavailable', `The GPU could not be opened: ${reason}.`, {
    hint: 'Nothing was started. Try again, restart the browser, or choose the CPU.',
    cause,
  });
}

function noAdapter(cause: unknown): AppError {
  return new AppError('adapter-unavailable', 'The browser has WebGPU but offers no adapter.', {
    hint: 'Update the graphics driver, turn on hardware acceleration, or restart the browser.',
    cause,
  });
}

function describe(
  info: GPUAdapterInfo,
  limits: GPUSupportedLimits,
  features: readonly string[],
): AdapterProfile {
  const isSwiftShader = /swiftshader/i.test(`${info.architecture} ${info.description}`);
  const isSoftware = isSwiftShader || info.isFallbackAdapter;
  const given = info.description || `${info.vendor} ${info.architecture}`.trim() || 'GPU';
  return {
    kind: 'webgpu',
    name: isSwiftShader ? 'SwiftShader (software WebGPU)' : `${given} (WebGPU)`,
    isSoftware,
    vendor: info.vendor,
    architecture: info.architecture,
    description: info.description,
    features,
    limits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeWorkgroupSizeY: limits.maxComputeWorkgroupSizeY,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    },
  };
}
