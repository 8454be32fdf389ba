// out[M,N] = a[K,M]^T . b[K,N] (+ out) (+ residual)
// Register tiles of 8x8 outputs a thread, no workgroup memory, no barriers: an order of magnitude
// faster than shared tiles on software adapters. One workgroup = 4x4 threads = 32x32 outputs.
// Loads are clamped to the last row, stores are guarded, so any M works.
// Needs M, N divisible by 4.
struct Params {
  M: u32,
  N: u32,
  K: u32,
  accumulate: u32,
  has_residual: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read> residual: array<vec4f>;
@group(0) @binding(4) var<uniform> params: Params;


@compute @workgroup_size(4, 4)
fn tn(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * 8u;
  let col = id.x * 8u;
  if (row >= params.M || col >= params.N) {
    return;
  }
  let m4 = params.M / 4u;
  let n4 = params.N / 4u;
  let ca0 = row / 4u;
  let ca1 = min(ca0 + 1u, m4 - 1u);
  let cb0 = col / 4u;
  let cb1 = min(cb0 + 1u, n4 - 1u);
  var c00 = vec4f();
  var c01 = vec4f();
  var c10 = vec4f();
  var c11 = vec4f();
  var c20 = vec4f();
  var c21 = vec4f();
  var c30 = vec4f();
  var c31 = vec4f();
  var c40 = vec4f();
  var c41 = vec4f();
  var c50 = vec4f();
  var c51 = vec4f();
  var c60 = vec4f();
  var c61 = vec4f();
  var c70 = vec4f();
  var c71 = vec4f();
  for (var k = 0u; k < params.K; k++) {
    let a0 = a[k * m4 + ca0];
    let a1 = a[k * m4 + ca1];
    let b0 = b[k * n4 + cb0];
    let b1 = b[k * n4 + cb1];
    c00 += a0.x * b0;
    c01 += a0.x * b1;
    c10 += a0.y * b0;
    c11 += a0.y * b1;
    c20 += a0.z * b0;
    c21 += a0.z * b1;
    c30 += a0.w * b0;
    c31 += a0.w * b1;
    c40 += a1.x * b0;
    c41 += a1.x * b1;
    c50 += a1.y * b0;
    c51 += a1.y * b1;
    c60 += a1.z * b0;
    c61 += a1.z * b1;
    c70 += a1.w * b0;
    c71 += a1.w * b1;
  }
  store(row + 0u, col, c00);
  store(row + 0u, col + 4u, c01);
  store(row + 1u, col, c10);
  store(row + 1u, col + 4u, c11);
  store(row + 2u, col, c20);
  store(row + 2u, col + 4u, c21);
  store(row + 3u, col, c30);
  store(row + 3u, col + 4u, c31);
  store(row + 4u, col, c40);
  store(row + 4u, col + 4u, c41);
  store(row + 5u, col, c50);
  store(row + 5u, col + 4u, c51);
  store(row + 6u, col, c60);
  store(row + 6u, col + 4u, c61);
  store(row + 7u, col, c70);
  store(row + 7u, col + 4u, c71);
}

fn store(row: u32, col: u32, value: vec4f) {
  if (row >= params.M || col >= params.N) {
    return;
  }
  let at = (row * params.N + col) / 4u;
  var sum = value;
  if (params.accumulate != 0u) {
    sum += out[at];
  }
  if (params.has_residual != 0u) {
    sum += residual[at];
  }
  out[at] = sum;
}
