// out[M,N] = a[M,K] . b[N,K]^T for M <= 8, as in decoding: the whole of b is read once, side by side.
// Eight threads share an output column and take every eighth vec4 of its K; thread 0 of them adds
// their sums in order. Needs K, N divisible by 4.
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
  first_y: u32,
  first_z: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read> residual: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

var<workgroup> partial: array<array<f32, 8>, 64>;

@compute @workgroup_size(8, 8)
fn skinny(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) place: vec3u) {
  let id = group + vec3u(0u, params.first_y, params.first_z);
  let column = id.x * 8u + place.y;
  let k4 = params.K / 4u;
  let a_base = id.z * (params.a_stride / 4u);
  let b_base = id.z * (params.b_stride / 4u) + min(column, params.N - 1u) * k4;
  var sums = array<f32, 8>();
  for (var k = place.x; k < k4; k += 8u) {
    let weight = b[b_base + k];
    for (var row = 0u; row < 8u; row++) {
      // Rows past M repeat the last one, so that the loop has a fixed length.
      sums[row] += dot(a[a_base + min(row, params.M - 1u) * k4 + k], weight);
    }
  }
  partial[place.y * 8u + place.x] = sums;
  workgroupBarrier();
  // Now thread x finishes row x of its column.
  let row = place.x;
  if (row >= params.M || column >= params.N) {
    return;
  }
  var sum = 0.0;
  for (var i = 0u; i < 8u; i++) {
    sum += partial[place.y * 8u + i][row];
  }
  let at = id.z * params.out_stride + row * params.N + column;
  sum *= params.scale;
  if (params.accumulate != 0u) {
    sum += out[at];
  }
  if (params.residual_mode == 1u) {
    sum += residual[at];
  }
  if (params.residual_mode == 2u) {
    sum += residual[column];
  }
  out[at] = sum;
}
