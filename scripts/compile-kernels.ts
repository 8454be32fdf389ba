import { compileKernels, KERNEL_FLAVOURS } from './wasm-kernels.ts';

/*
 * Compiles all builds of the kernels into their cache. One process does that before others need them: the
 * first build takes 14 s of the processor, most of it to load and warm the compiler, each further one 3 s.
 */

for (const flavour of KERNEL_FLAVOURS) await compileKernels(flavour);
