/**
 * What is put back of the evaluated domain's own checkpoint before a merge over domains is measured:
 * the meaning of codes belongs to a domain, so do prefixes, and vectors of items. `tables`:
 * codes and prefixes. `user-encoder`: what reads
 * histories, so that item encoders alone are merged. `model`: all of it, which measures the domain's own
 * model and is the end of the scale.
 */
export const RESTORED = [
  'nothing',
  'codes',
  'tables',
  'item-vectors',
  'user-encoder',
  'model',
] as const;

export type Restored = (typeof RESTORED)[number];
