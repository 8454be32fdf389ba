// column-sums.wgsl for hardware adapters: 64 columns by 4 shares of the rows, added in order.
struct Params {
  rows: u32,
  count: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@group(0) @binding(1) var<storage, read> partial: array<f32>;
@group(0) @binding(2) var<storage, read> blocks: array<vec4u>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> shares: array<f32, 256>;

@compute @workgroup_size(64, 4)
fn column_sums(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
) {
  let index = group.y * groups.x + group.x;
  let isInside = index < params.count;
  let block = blocks[min(index, params.count - 1u)];
  var sum = 0.0;
  if (isInside && local.x < block.z) {
    for (var row = local.y; row < params.rows; row += 4u) {
      sum += partial[block.x + row * block.w + local.x];
    }
  }
  shares[local.y * 64u + local.x] = sum;
  workgroupBarrier();
  if (!isInside || local.y > 0u || local.x >= block.z) {
    return;
  }
  out[block.y + local.x] += sum + shares[64u + local.x] + shares[128u + local.x]
    + shares[192u + local.x];
}
