import * as v from 'valibot';

export const whole = (min: number, max: number) =>
  v.pipe(
    v.number(),
    v.integer('must be a whole number'),
    range(min, max),
    v.metadata({ min, max }),
  );
export const real = (min: number, max: number) =>
  v.pipe(v.number(), range(min, max), v.metadata({ min, max }));

/**
 * A value with the one description that it has: readers of the schema and users of the page's forms,
 * which are made of the schema, are told the same.
 */
export function told<Schema extends v.GenericSchema>(text: string, schema: Schema): Schema {
  // A description changes neither what goes in nor what comes out.
  return v.pipe(schema, v.description(text)) as unknown as Schema;
}

/** Of learning. */
export const rate = v.pipe(
  v.number(),
  v.gtValue(0, 'must be above 0'),
  v.maxValue(1, 'must be <= 1'),
);
export const name = v.pipe(
  v.string(),
  v.regex(
    /^[\p{L}\p{N}][\p{L}\p{N} ._+&()=-]{0,63}$/u,
    'must be 1 to 64 letters, digits, spaces or . _ + & ( ) = - and start with a letter or digit',
  ),
);
export const domainName = v.pipe(
  v.string(),
  v.regex(/^[^\p{C}/\\]{1,100}$/u, 'must be 1 to 100 characters without / or \\'),
);

function range(min: number, max: number) {
  return v.check<number, string>(
    (value) => value >= min && value <= max,
    `must be between ${String(min)} and ${String(max)}`,
  );
}
