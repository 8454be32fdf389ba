// The three layouts for sizes that are not divisible by 4: 4x4 outputs a thread, scalar loads.
// Element (i, k) of a lies at i * a_row + k * a_col, element (k, j) of b at k * b_row + j * b_col.
struct Params {
  M: u32,
  N: u32,
  K: u32,
  accumulate: u32,
  has_residual: u32,
  a_row: u32,
  a_col: u32,
  b_row: u32,
  b_col: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(4, 4)
fn any_layout(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * 4u;
  let col = id.x * 4u;
  if (row >= params.M || col >= params.N) {
    return;
  }
  let ra0 = min(row + 0u, params.M - 1u) * params.a_row;
  let ra1 = min(row + 1u, params.M - 1u) * params.a_row;
  let ra2 = min(row + 2u, params.M - 1u) * params.a_row;
  let ra3 = min(row + 3u, params.M - 1u) * params.a_row;
  let cb0 = min(col + 0u, params.N - 1u) * params.b_col;
  let cb1 = min(col + 1u, params.N - 1u) * params.b_col;
  let cb2 = min(col + 2u, params.N - 1u) * params.b_col;
  let cb3 = min(col + 3u, params.N - 1u) * params.b_col;
  var c0 = vec4f();
  var c1 = vec4f();
  var c2 = vec4f();
  var c3 = vec4f();
  for (var k = 0u; k < params.K; k++) {
    let ka = k * params.a_col;
    let kb = k * params.b_row;
    let bk = vec4f(b[kb + cb0], b[kb + cb1], b[kb + cb2], b[kb + cb3]);
    c0 += a[ra0 + ka] * bk;
    c1 += a[ra1 + ka] * bk;
    c2 += a[ra2 + ka] * bk;
    c3 += a[ra3 + ka] * bk;
  }
  store(row + 0u, col, c0);
  store(row + 1u, col, c1);
  store(row + 2u, col, c2);
  store(row + 3u, col, c3);
}

fn store(row: u32, col: u32, value: vec4f) {
  if (row >= params.M) {
    return;
  }
  for (var j = 0u; j < 4u; j++) {
    if (col + j >= params.N) {
      return;
    }
    let at = row * params.N + col + j;
    var sum = value[j];
    if (params.accumulate != 0u) {
      sum += out[at];
    }
    if (params.has_residual != 0u) {
      sum += residual[at];
    }
    out[at] = sum;
  }
}
