/**
 * Memory that a kernel may overwrite as it likes while it runs. Every instance (so every thread)
 * is given its own region once, because the kernels allocate nothing.
 */
let start: usize = 0;

/** What `setScratch` must bring at least. */
export function scratchBytes(): i32 {
  return 2 << 20;
}

/** Called once per instance; `pointer` must be divisible by 64. */
export function setScratch(pointer: usize, bytes: usize): void {
  if (bytes < <usize>scratchBytes()) unreachable();
  start = pointer;
}

// @ts-ignore: decorator
@inline
export function scratch(): usize {
  return start;
}
