// out[M,N] = a[M,K] . b[N,K]^T (+ out) (+ residual)
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
fn nt(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * 8u;
  let col = id.x * 8u;
  if (row >= params.M || col >= params.N) {
    return;
  }
  let k4 = params.K / 4u;
  let ra0 = min(row + 0u, params.M - 1u) * k4;
  let ra1 = min(row + 1u, params.M - 1u) * k4;
  let ra2 = min(row + 2u, params.M - 1u) * k4;
  let ra3 = min(row + 3u, params.M - 1u) * k4;
  let ra4 = min(row + 4u, params.M - 1u) * k4;
  let ra5 = min(row + 5u, params.M - 1u) * k4;
  let ra6 = min(row + 6u, params.M - 1u) * k4;
  let ra7 = min(row + 7u, params.M - 1u) * k4;
  let rb0 = min(col + 0u, params.N - 1u) * k4;
  let rb1 = min(col + 1u, params.N - 1u) * k4;
  let rb2 = min(col + 2u, params.N - 1u) * k4;
  let rb3 = min(col + 3u, params.N - 1u) * k4;
  let rb4 = min(col + 4u, params.N - 1u) * k4;
  let rb5 = min(col + 5u, params.N - 1u) * k4;
  let rb6 = min(col + 6u, params.N - 1u) * k4;
  let rb7 = min(col + 7u, params.N - 1u) * k4;
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
    let b0 = b[rb0 + k];
    let b1 = b[rb1 + k];
    let b2 = b[rb2 + k];
    let b3 = b[rb3 + k];
    let b4 = b[rb4 + k];
    let b5 = b[rb5 + k];
    let b6 = b[rb6 + k];
    let b7 = b[rb7 + k];
    let a0 = a[ra0 + k];
    c00 += vec4f(dot(a0, b0), dot(a0, b1), dot(a0, b2), dot(a0, b3));
    c01 += vec4f(dot(a0, b4), dot(a0, b5), dot(a0, b6), dot(a0, b7));
    let a1 = a[ra1 + k];
    c10 += vec4f(dot(a1, b0), dot(a1, b1), dot(a1, b2), dot(a1, b3));
    c11 += vec4f(dot(a1, b4), dot(a1, b5), dot(a1, b6), dot(a1, b7));
    let a2 = a[ra2 + k];
    c20 += vec4f(dot(a2, b0), dot(a2, b1), dot(a2, b2), dot(a2, b3));
    c21 += vec4f(dot(a2, b4), dot(a2, b5), dot(a2, b6), dot(a2, b7));
    let a3 = a[ra3 + k];
    c30 += vec4f(dot(a3, b0), dot(a3, b1), dot(a3, b2), dot(a3, b3));
    c31 += vec4f(dot(a3, b4), dot(a3, b5), dot(a3, b6), dot(a3, b7));
    let a4 = a[ra4 + k];
    c40 += vec4f(dot(a4, b0), dot(a4, b1), dot(a4, b2), dot(a4, b3));
    c41 += vec4f(dot(a4, b4), dot(a4, b5), dot(a4, b6), dot(a4, b7));
    let a5 = a[ra5 + k];
    c50 += vec4f(dot(a5, b0), dot(a5, b1), dot(a5, b2), dot(a5, b3));
    c51 += vec4f(dot(a5, b4), dot(a5, b5), dot(a5, b6), dot(a5, b7));
    let a6 = a[ra6 + k];
    c60 += vec4f(dot(a6, b0), dot(a6, b1), dot(a6, b2), dot(a6, b3));
    c61 += vec4f(dot(a6, b4), dot(a6, b5), dot(a6, b6), dot(a6, b7));
    let a7 = a[ra7 + k];
    c70 += vec4f(dot(a7, b0), dot(a7, b1), dot(a7, b2), dot(a7, b3));
    c71 += vec4f(dot(a7, b4), dot(a7, b5), dot(a7, b6), dot(a7, b7));
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
