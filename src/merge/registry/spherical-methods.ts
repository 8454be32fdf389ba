import type { MergeMethod } from '../method.ts';
import { adamerging } from '../methods/adamerging.ts';
import { fisher } from '../methods/fisher.ts';
import { karcher } from '../methods/karcher.ts';
import { modelStock, modelStockFb } from '../methods/model-stock.ts';
import { multislerp } from '../methods/multislerp.ts';
import { nuslerp } from '../methods/nuslerp.ts';
import { regmean } from '../methods/regmean.ts';
import { slerp, slerpFb } from '../methods/slerp.ts';

/** Methods on spheres and from Gram matrices, and those that need data. */
export const SPHERICAL_METHODS: readonly MergeMethod[] = [
  slerp,
  nuslerp,
  multislerp,
  karcher,
  modelStock,
  slerpFb,
  modelStockFb,
  fisher,
  regmean,
  adamerging,
];
