import { compileKernels, KERNEL_FLAVOURS } from '../wasm-kernels.ts';

/*
 * A stage of `npm test`. On a fresh clone several stages would find nothing compiled at the same time,
 * and starting the compiler is the most of its work.
 */
for (const flavour of KERNEL_FLAVOURS) await compileKernels(flavour);
