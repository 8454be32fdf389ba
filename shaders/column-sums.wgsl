// Column sums of many matrices that lie in one array, each added to its range of `out`; rows in
// order. A workgroup takes the 64 columns that its line of `blocks` names: (first element of the
// columns in `partial`, the same in `out`, columns left in the matrix, its width).
struct Params {
  rows: u32,
  count: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
@group(0) @binding(2) var<storage, read> blocks: array<vec4u>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn column_sums(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let index = group.y * groups.x + group.x;
  if (index >= params.count) {
    return;
  }
  let block = blocks[index];
  if (local.x >= block.z) {
    return;
  }
  var sum = 0.0;
  for (var row = 0u; row < params.rows; row++) {
    sum += partial[block.x + row * block.w + local.x];
  }
  out[block.y + local.x] += sum;
}
