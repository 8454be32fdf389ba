import {
  each,
  indent,
  itemStart,
  storeFunction,
  tileHeader,
  type Epilogue,
  type MatmulLayout,
} from './matmul-parts.ts';

export interface RegisterTile {
  readonly layout: MatmulLayout;
  /** Rows of outputs a thread computes: divisible by 4; 16 with `quads`. */
  readonly rows: number;
  /** Columns of outputs a thread computes, in vec4; even with the `swiglu` epilogue. */
  readonly vectors: number;
  /**
   * Four neighbouring threads share their rows: each loads a quarter of A's and hands it to the
   * others through the registers. Needs subgroups.
   */
  readonly quads: boolean;
  /** Threads a workgroup, across and down; 4 across with `quads`. */
  readonly group: readonly [x: number, y: number];
  readonly epilogue: Epilogue;
}

/**
 * A product with all outputs of a thread in registers: no workgroup memory and no barrier, which
 * software adapters punish. Their price is a load, about ten multiply-adds of four lanes each, so
 * tiles are large, and where memory
 * order allows four k go into one statement. Registers need names: an array indexed in a
 * loop lives in memory there. That is why this is a generator and not a file.
 */
export function registerShader(tile: RegisterTile): string {
  const { quads, rows, vectors, layout, group, epilogue } = tile;
  const builtins = quads
    ? '@builtin(workgroup_id) own: vec3u, @builtin(subgroup_invocation_id) invocation: u32'
    : '@builtin(global_invocation_id) own: vec3u';
  const isPaired = epilogue === 'swiglu';
  // Vectors of a thread in one stretch of columns: of a pair, one stretch has gates, the other ups.
  const stretch = isPaired ? vectors / 2 : vectors;
  const column = (j: number) => {
    const at = j % stretch;
    // Lanes take every fourth vector, so that a quad stores whole lines.
    const place = quads ? `${4 * stretch}u + ${4 * at}u + lane` : `${stretch}u + ${at}u`;
    return `${j < stretch ? '' : 'n4 / 2u + '}id.x * ${place}`;
  };
  const sums = each(rows, (i) => each(vectors, (j) => `c${i}_${j}`)).flat();
  return `${quads ? 'enable subgroups;\n\n' : ''}${tileHeader(epilogue)}
@compute @workgroup_size(${group[0]}, ${group[1]})
fn ${layout}(${builtins}) {
  let id = own + vec3u(0u, params.first_y * ${group[1]}u, params.first_z);
${quads ? '  let lane = invocation & 3u;\n' : ''}  let row = id.y * ${rows}u;
  let m4 = params.M / 4u;
  let n4 = params.N / 4u;
  let k4 = params.K / 4u;
  let a_base = ${itemStart('a', 'id.z', epilogue)};
  let b_base = ${itemStart('b', 'id.z', epilogue)};
${indent(
  each(vectors, (j) => `let v${j} = ${column(j)};`),
  2,
)}
${indent(BODY[layout].offsets(tile), 2)}
${indent(
  sums.map((name) => `var ${name} = vec4f();`),
  2,
)}
  for (var k = 0u; k < ${layout === 'tn' || (quads && layout === 'nn') ? 'params.K' : 'k4'}; k++) {
${indent(BODY[layout].step(tile), 4)}
  }
${indent(stores(tile, stretch), 2)}
}
${storeFunction(epilogue)}`;
}

/** From so many stores on they are a loop, where each of them adds something. */
const MANY_STORES = 16;

/**
 * What a thread does with its sums. Additions come in a loop over a copy of the sums: written out for each,
 * with its guard and its loads, they were four fifths of what a software adapter took to compile the shader
 * (`quads` with a residual: 0.9 to 1.6 s, now 0.1 to 0.4), and ran as fast within the scatter. Others stay
 * written out, because the copy costs them some percent: a fifth of a product whose K is 16.
 */
function stores({ rows, vectors, epilogue }: RegisterTile, stretch: number): string[] {
  if (epilogue === 'swiglu') {
    return each(rows, (i) =>
      each(stretch, (j) => `store(row + ${i}u, v${j}, c${i}_${j}, c${i}_${j + stretch});`),
    ).flat();
  }
  if (rows * vectors < MANY_STORES || !adds(epilogue)) {
    return each(rows, (i) =>
      each(vectors, (j) => `store(id.z, row + ${i}u, v${j}, c${i}_${j});`),
    ).flat();
  }
  const names = each(rows, (i) => each(vectors, (j) => `c${i}_${j}`)).flat();
  return [
    `var sums = array<vec4f, ${names.length}>(${names.join(', ')});`,
    `for (var i = 0u; i < ${rows}u; i++) {`,
    ...each(vectors, (j) => `  store(id.z, row + i, v${j}, sums[i * ${vectors}u + ${j}u]);`),
    '}',
  ];
}

function adds(epilogue: Epilogue): boolean {
  if (epilogue === 'swiglu' || epilogue === 'swiglu-backward') return false;
  return epilogue === 'dynamic' || epilogue.accumulate || epilogue.residual !== 'none';
}

interface Body {
  /** Offsets of A's rows and B's columns, clamped to the last one: only stores are guarded. */
  readonly offsets: (tile: RegisterTile) => string[];
  /** Loads and products of four k; of one k where neither operand is contiguous along k. */
  readonly step: (tile: RegisterTile) => string[];
}

const XYZW = ['x', 'y', 'z', 'w'] as const;

/** A's rows: all of them in every thread, or every fourth in each thread of a quad. */
function rowsOfA({ rows, quads }: RegisterTile): string[] {
  return each(quads ? rows / 4 : rows, (i) => {
    const row = quads ? `row + ${4 * i}u + lane` : `row + ${i}u`;
    return `let ra${i} = a_base + min(${row}, params.M - 1u) * k4;`;
  });
}

const BODY: Record<MatmulLayout, Body> = {
  nt: {
    offsets: (tile) => [
      ...rowsOfA(tile),
      ...each(tile.vectors, (j) =>
        each(4, (c) => `let rb${j}_${c} = b_base + min(4u * v${j} + ${c}u, params.N - 1u) * k4;`),
      ).flat(),
    ],
    step: ({ rows, vectors, quads }) => [
      ...each(vectors, (j) => each(4, (c) => `let b${j}_${c} = b[rb${j}_${c} + k];`)).flat(),
      ...each(rows, (i) => [
        ...(quads && i % 4 === 0 ? [`let own${i / 4} = a[ra${i / 4} + k];`] : []),
        quads
          ? `let a${i} = quadBroadcast(own${Math.floor(i / 4)}, ${i % 4}u);`
          : `let a${i} = a[ra${i} + k];`,
        ...each(vectors, (j) => {
          const dots = each(4, (c) => `dot(a${i}, b${j}_${c})`);
          return `c${i}_${j} += vec4f(${dots.join(', ')});`;
        }),
      ]).flat(),
    ],
  },
  nn: {
    offsets: (tile) => [
      ...rowsOfA(tile),
      ...each(tile.vectors, (j) => `let cb${j} = b_base + min(v${j}, n4 - 1u);`),
    ],
    step: ({ rows, vectors, quads }) => [
      ...(quads
        ? // One k at a time: the body of four outgrows the instruction cache, a third slower.
          each(vectors, (j) => `let b${j} = b[k * n4 + cb${j}];`)
        : each(4, (u) =>
            each(vectors, (j) => `let b${u}_${j} = b[(4u * k + ${u}u) * n4 + cb${j}];`),
          ).flat()),
      ...each(rows, (i) => {
        if (!quads) {
          const terms = (j: number) => XYZW.map((part, u) => `a${i}.${part} * b${u}_${j}`);
          return [
            `let a${i} = a[ra${i} + k];`,
            ...each(vectors, (j) => `c${i}_${j} += ${terms(j).join(' + ')};`),
          ];
        }
        const g = Math.floor(i / 4);
        return [
          ...(i % 4 === 0 ? [`let own${g} = a[ra${g} + k / 4u][k & 3u];`] : []),
          `let a${i} = quadBroadcast(own${g}, ${i % 4}u);`,
          ...each(vectors, (j) => `c${i}_${j} += a${i} * b${j};`),
        ];
      }).flat(),
    ],
  },
  tn: {
    offsets: ({ rows, vectors, quads }) => [
      ...(quads
        ? ['let ca = a_base + min(row / 4u + lane, m4 - 1u);']
        : each(rows / 4, (g) => `let ca${g} = a_base + min(row / 4u + ${g}u, m4 - 1u);`)),
      ...each(vectors, (j) => `let cb${j} = b_base + min(v${j}, n4 - 1u);`),
    ],
    step: ({ rows, vectors, quads }) => [
      ...(quads ? ['let own = a[k * m4 + ca];'] : []),
      ...each(vectors, (j) => `let b${j} = b[k * n4 + cb${j}];`),
      ...each(rows / 4, (g) => [
        quads ? `let a${g} = quadBroadcast(own, ${g}u);` : `let a${g} = a[k * m4 + ca${g}];`,
        ...XYZW.map((part, r) =>
          each(vectors, (j) => `c${4 * g + r}_${j} += a${g}.${part} * b${j};`),
        ).flat(),
      ]).flat(),
    ],
  },
};
