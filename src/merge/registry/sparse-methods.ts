import type { MergeMethod } from '../method.ts';
import { arceeFusion } from '../methods/arcee-fusion.ts';
import { breadcrumbs, breadcrumbsTies } from '../methods/breadcrumbs.ts';
import { emr } from '../methods/emr.ts';
import { expo } from '../methods/expo.ts';
import { lines } from '../methods/lines.ts';
import { magmax } from '../methods/magmax.ts';
import { mmgridMaskMagnitude, mmgridMaskRandom } from '../methods/mmgrid-masks.ts';
import { nearswap } from '../methods/nearswap.ts';
import { passthrough } from '../methods/passthrough.ts';
import {
  dareFusionBench,
  dareLinear,
  dareTies,
  della,
  dellaLinear,
} from '../methods/random-drop.ts';
import { pcbReadme, pcbVision } from '../methods/pcb.ts';
import { ram, ramPlus } from '../methods/ram.ts';
import { sce } from '../methods/sce.ts';
import { tallConsensus } from '../methods/tall-consensus.ts';
import { trustRegion } from '../methods/trust-region.ts';

/** Methods that drop or choose elements of task vectors. */
export const SPARSE_METHODS: readonly MergeMethod[] = [
  dareLinear,
  dareTies,
  della,
  dellaLinear,
  dareFusionBench,
  breadcrumbs,
  breadcrumbsTies,
  sce,
  ram,
  ramPlus,
  magmax,
  emr,
  tallConsensus,
  pcbVision,
  pcbReadme,
  trustRegion,
  lines,
  nearswap,
  arceeFusion,
  expo,
  passthrough,
  mmgridMaskMagnitude,
  mmgridMaskRandom,
];
