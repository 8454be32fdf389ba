// Column sums for hardware adapters: a workgroup has 16 columns and 16 shares of the rows, so that
// neighbouring threads read neighbouring columns. Shares are added in order.
struct Params {
  rows: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> shares: array<f32, 256>;

@compute @workgroup_size(16, 16)
fn column_sum(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let column = (group.y * groups.x + group.x) * 16u + local.x;
  var sum = 0.0;
  if (column < params.width) {
    for (var row = local.y; row < params.rows; row += 16u) {
      sum += partial[row * params.width + column];
    }
  }
  shares[local.y * 16u + local.x] = sum;
  workgroupBarrier();
  if (local.y > 0u || column >= params.width) {
    return;
  }
  var total = 0.0;
  for (var share = 0u; share < 16u; share++) {
    total += shares[share * 16u + local.x];
  }
  out[column] += total;
}
