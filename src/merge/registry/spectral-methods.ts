import type { MergeMethod } from '../method.ts';
import { isoC } from '../methods/iso-c.ts';
import { isoCts } from '../methods/iso-cts.ts';
import { knotsTies } from '../methods/knots-ties.ts';
import { opcm } from '../methods/opcm.ts';
import { opcmStep } from '../methods/opcm-step.ts';
import { singularProjection } from '../methods/singular-projection.ts';
import { svc } from '../methods/svc.ts';
import { tsvm } from '../methods/tsvm.ts';
import { wudi } from '../methods/wudi.ts';

/** Methods on singular values, and iterative ones. */
export const SPECTRAL_METHODS: readonly MergeMethod[] = [
  tsvm,
  isoC,
  isoCts,
  svc,
  knotsTies,
  singularProjection,
  wudi,
  opcm,
  opcmStep,
];
