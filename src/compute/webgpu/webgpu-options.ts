import type { AdapterProfile } from '../executor.ts';
import type { CalibrationParts } from './calibrate.ts';
import type { VariantOptions } from './variants.ts';

export interface WebGpuOptions extends VariantOptions {
  /**
   * Longest submit in milliseconds; longer programs are cut between dispatches. Default: 100 on
   * hardware; none on software adapters, which share the processor with everything else anyway.
   */
  readonly submitMs?: number;
  /**
   * Operations above which one dispatch goes out as several, where its kernel allows it. Default:
   * what the calibrated speed does in half a submit, 2^35 where nothing was measured; no limit on
   * software adapters.
   */
  readonly dispatchFlops?: number;
  /** Seconds without any answer after which the device counts as lost; default: `silenceOf`. */
  readonly silenceS?: number;
  /** Measures variants once per adapter. Left out on software adapters, which one shader suits. */
  readonly calibration?: CalibrationParts;
}

/** Default of `submitMs` on hardware. */
export const SUBMIT_MS = 100;
/** 100 ms at 0.34 TFLOP/s: a slow integrated GPU. */
export const DISPATCH_FLOPS = 2 ** 35;

/**
 * Seconds of silence that mean a loss. On hardware a submit takes about 100 ms and drivers end what
 * takes ten seconds; compiling all shaders anew may take long, but one by one they answer. A software
 * adapter may rightly compute a single submit for minutes.
 */
export function silenceOf({ isSoftware }: Pick<AdapterProfile, 'isSoftware'>): number {
  return isSoftware ? 600 : 60;
}
