// out[c] += sum over rows of partial[row, c], rows in order. One thread per column.
struct Params {
  rows: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn column_sum(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let column = id.y * groups.x * 64u + id.x;
  if (column >= params.width) {
    return;
  }
  var sum = 0.0;
  for (var row = 0u; row < params.rows; row++) {
    sum += partial[row * params.width + column];
  }
  out[column] += sum;
}
