// gram[i, j] += sum over the rows n that belong to a sequence of x[n, i] * x[n, j]; one thread an
// element, rows in order. Padding rows have an empty span.

struct Params {
  rows: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read_write> gram: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
// Per row: start and end of its sequence.
@group(0) @binding(2) var<storage, read> spans: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn input_gram(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let width = params.width;
  let e = id.y * groups.x * 64u + id.x;
  if (e >= width * width) {
    return;
  }
  let i = e / width;
  let j = e % width;
  var sum = 0.0;
  for (var n = 0u; n < params.rows; n++) {
    if (spans[2u * n] < spans[2u * n + 1u]) {
      sum += x[n * width + i] * x[n * width + j];
    }
  }
  gram[e] += sum;
}
