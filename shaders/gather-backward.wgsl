// Gradient of a gather of rows, where a row may have been taken any number of times:
//   dx[r] (+)= sum of dy[positions[i]], starts[r] <= i < starts[r + 1]
// One thread per 4 columns of a row, width divisible by 4.
struct Params {
  rows: u32,
  width: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read> positions: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn gather_backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  if (index >= params.rows * c4) {
    return;
  }
  let row = index / c4;
  let column = index % c4;
  var sum = vec4f();
  if (params.accumulate != 0u) {
    sum = dx[index];
  }
  for (var i = starts[row]; i < starts[row + 1u]; i++) {
    sum += dy[positions[i] * c4 + column];
  }
  dx[index] = sum;
}
