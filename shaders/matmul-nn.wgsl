// out[M,N] = a[M,K] . b[K,N] (+ out) (+ residual)
// Register tiles of 8x8 outputs a thread, no workgroup memory, no barriers: an order of magnitude
// faster than shared tiles on software adapters. One workgroup = 4x4 threads = 32x32 outputs.
// Loads are clamped to the last row, stores are guarded, so any M works.
// Needs K, N divisible by 4.
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
fn nn(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * 8u;
  let col = id.x * 8u;
  if (row >= params.M || col >= params.N) {
    return;
  }
  let k4 = params.K / 4u;
  let n4 = params.N / 4u;
  let cb0 = col / 4u;
  let cb1 = min(cb0 + 1u, n4 - 1u);
  let ra0 = min(row + 0u, params.M - 1u) * k4;
  let ra1 = min(row + 1u, params.M - 1u) * k4;
  let ra2 = min(row + 2u, params.M - 1u) * k4;
  let ra3 = min(row + 3u, params.M - 1u) * k4;
  let ra4 = min(row + 4u, params.M - 1u) * k4;
  let ra5 = min(row + 5u, params.M - 1u) * k4;
  let ra6 = min(row + 6u, params.M - 1u) * k4;
  let ra7 = min(row + 7u, params.M - 1u) * k4;
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
  for (var k = 0u; k < k4; k++) {
    let rb = k * 4u * n4;
    let b00 = b[rb + 0u * n4 + cb0];
    let b01 = b[rb + 0u * n4 + cb1];
    let b10 = b[rb + 1u * n4 + cb0];
    let b11 = b[rb + 1u * n4 + cb1];
    let b20 = b[rb + 2u * n4 + cb0];
    let b21 = b[rb + 2u * n4 + cb1];
    let b30 = b[rb + 3u * n4 + cb0];
    let b31 = b[rb + 3u * n4 + cb1];
    let a0 = a[ra0 + k];
    c00 += a0.x * b00 + a0.y * b10 + a0.z * b20 + a0.w * b30;
    c01 += a0.x * b01 + a0.y * b11 + a0.z * b21 + a0.w * b31;
    let a1 = a[ra1 + k];
    c10 += a1.x * b00 + a1.y * b10 + a1.z * b20 + a1.w * b30;
    c11 += a1.x * b01 + a1.y * b11 + a1.z * b21 + a1.w * b31;
    let a2 = a[ra2 + k];
    c20 += a2.x * b00 + a2.y * b10 + a2.z * b20 + a2.w * b30;
    c21 += a2.x * b01 + a2.y * b11 + a2.z * b21 + a2.w * b31;
    let a3 = a[ra3 + k];
    c30 += a3.x * b00 + a3.y * b10 + a3.z * b20 + a3.w * b30;
    c31 += a3.x * b01 + a3.y * b11 + a3.z * b21 + a3.w * b31;
    let a4 = a[ra4 + k];
    c40 += a4.x * b00 + a4.y * b10 + a4.z * b20 + a4.w * b30;
    c41 += a4.x * b01 + a4.y * b11 + a4.z * b21 + a4.w * b31;
    let a5 = a[ra5 + k];
    c50 += a5.x * b00 + a5.y * b10 + a5.z * b20 + a5.w * b30;
    c51 += a5.x * b01 + a5.y * b11 + a5.z * b21 + a5.w * b31;
    let a6 = a[ra6 + k];
    c60 += a6.x * b00 + a6.y * b10 + a6.z * b20 + a6.w * b30;
    c61 += a6.x * b01 + a6.y * b11 + a6.z * b21 + a6.w * b31;
    let a7 = a[ra7 + k];
    c70 += a7.x * b00 + a7.y * b10 + a7.z * b20 + a7.w * b30;
    c71 += a7.x * b01 + a7.y * b11 + a7.z * b21 + a7.w * b31;
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
