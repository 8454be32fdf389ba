import * as v from 'valibot';
import { domainName, whole } from '../schema-parts.ts';

/** `base`, a cell such as `Games/phase2`, `<stage>-mean`, or a merge as the results name it. */
export const model = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

/** Test users whose loss is taken. */
export const users = v.optional(whole(1, 5000), 64);

/** Domains whose test users' loss is taken; default all. */
export const evaluate = v.optional(
  v.pipe(v.array(domainName), v.minLength(1, 'needs at least one domain')),
);

/** Read-only lists, as their makers give them. */
export const list = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(v.array(schema), v.readonly());

export const numbers = list(v.number());
export const nullable = v.nullable(v.number());
