import { AppError } from '../../core/errors.ts';
import type { Kernel } from '../kernel.ts';

/**
 * The final text of a kernel: `const NAME: type = …;` lines get the values of this use, and loops
 * over such a constant that are marked `// unroll` are written out. Software adapters keep private
 * arrays in registers only when every index is a constant: unrolled attention is three times
 * faster there. A file stays valid WGSL by itself, since the marks are comments.
 * @errors invalid-argument
 */
export function specialise(kernel: Kernel, constants: Readonly<Record<string, number>>): string {
  let code = kernel.wgsl;
  for (const name of kernel.constants ?? []) {
    const value = constants[name];
    const line = new RegExp(`^const ${name}: (u32|i32|f32) = [^;]+;`, 'm');
    const match = line.exec(code);
    if (value === undefined || match === null) {
      throw new AppError(
        'invalid-argument',
        `Kernel "${kernel.name}": constant ${name} ${match === null ? 'is not in the shader' : 'is missing'}.`,
      );
    }
    const suffix = match[1] === 'u32' ? 'u' : match[1] === 'i32' ? 'i' : 'f';
    code = code.replace(line, `const ${name}: ${match[1] ?? 'u32'} = ${value}${suffix};`);
  }
  return unroll(code);
}

const MARKED = /^( *)for \(var (\w+) = 0u; \2 < (\w+); \2\+\+\) \{ \/\/ unroll\n/m;

/** Outer loops first; a body that holds a marked loop is copied and unrolled in turn. */
function unroll(code: string): string {
  for (;;) {
    const match = MARKED.exec(code);
    if (match === null) return code;
    const [head, indent = '', variable = '', limit = ''] = match;
    const count = Number(new RegExp(`^const ${limit}: u32 = (\\d+)u;`, 'm').exec(code)?.[1]);
    const start = match.index + head.length;
    const end = code.indexOf(`\n${indent}}\n`, start) + 1;
    if (!Number.isInteger(count) || end === 0) {
      throw new AppError('invalid-argument', `Cannot unroll the loop over ${variable}.`);
    }
    const body = code.slice(start, end);
    const used = new RegExp(`\\b${variable}\\b`, 'g');
    const copies = Array.from(
      { length: count },
      (_, i) => `${indent}{\n${body.replace(used, `${i}u`)}${indent}}\n`,
    );
    code = code.slice(0, match.index) + copies.join('') + code.slice(end + indent.length + 2);
  }
}
