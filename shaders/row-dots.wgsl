// Dot product of rows, and its gradient. Width divisible by 4.
//   forward (thread per row):        dots[n] = a[n] . b[n]
//   backward (thread per 4 columns): da[n] += dots[n] b[n],  db[n] = dots[n] a[n], where dots holds
//                                    the gradient of the dot products
struct Params {
  rows: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read_write> dots: array<f32>;
@group(0) @binding(1) var<storage, read_write> da: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> db: array<vec4f>;
@group(0) @binding(3) var<storage, read> a: array<vec4f>;
@group(0) @binding(4) var<storage, read> b: array<vec4f>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= params.rows) {
    return;
  }
  let c4 = params.width / 4u;
  var sum = vec4f();
  for (var c = 0u; c < c4; c++) {
    sum += a[row * c4 + c] * b[row * c4 + c];
  }
  dots[row] = dot(sum, vec4f(1.0));
}

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  if (index >= params.rows * c4) {
    return;
  }
  let d = dots[index / c4];
  da[index] += d * b[index];
  db[index] = d * a[index];
}
