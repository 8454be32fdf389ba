// The three layouts for sizes that are not divisible by 4: 4x4 outputs a thread, scalar loads.
// Element (i, k) of a lies at i * a_row + k * a_col, element (k, j) of b at k * b_row + j * b_col.
// Batch item z starts at z times the strides; residual is [M, N] laid out as out (1) or [N] (2).
struct Params {
  M: u32,
  N: u32,
  K: u32,
  accumulate: u32,
  residual_mode: u32,
  batch: u32,
  a_stride: u32,
  b_stride: u32,
  out_stride: u32,
  scale: f32,
  a_row: u32,
  a_col: u32,
  b_row: u32,
  b_col: u32,
  first_y: u32,
  first_z: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(4, 4)
fn any_layout(@builtin(global_invocation_id) thread: vec3u) {
  let id = thread + vec3u(0u, params.first_y * 4u, params.first_z);
  let row = id.y * 4u;
  let col = id.x * 4u;
  if (row >= params.M || col >= params.N) {
    return;
  }
  let a_base = id.z * params.a_stride;
  let b_base = id.z * params.b_stride;
  let ra0 = a_base + min(row + 0u, params.M - 1u) * params.a_row;
  let ra1 = a_base + min(row + 1u, params.M - 1u) * params.a_row;
  let ra2 = a_base + min(row + 2u, params.M - 1u) * params.a_row;
  let ra3 = a_base + min(row + 3u, params.M - 1u) * params.a_row;
  let cb0 = b_base + min(col + 0u, params.N - 1u) * params.b_col;
  let cb1 = b_base + min(col + 1u, params.N - 1u) * params.b_col;
  let cb2 = b_base + min(col + 2u, params.N - 1u) * params.b_col;
  let cb3 = b_base + min(col + 3u, params.N - 1u) * params.b_col;
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
  store(id.z, row + 0u, col, c0);
  store(id.z, row + 1u, col, c1);
  store(id.z, row + 2u, col, c2);
  store(id.z, row + 3u, col, c3);
}

fn store(item: u32, row: u32, col: u32, value: vec4f) {
  if (row >= params.M) {
    return;
  }
  for (var j = 0u; j < 4u; j++) {
    if (col + j >= params.N) {
      return;
    }
    let at = item * params.out_stride + row * params.N + col + j;
    var sum = params.scale * value[j];
    if (params.accumulate != 0u) {
      sum += out[at];
    }
    if (params.residual_mode == 1u) {
      sum += residual[at];
    }
    if (params.residual_mode == 2u) {
      sum += residual[col + j];
    }
    out[at] = sum;
  }
}
