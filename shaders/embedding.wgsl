// Embedding rows: out[n, :] = table[ids[n] - first, :] where that is one of the table's `count`
// rows; other rows of out stay as they are. One thread per 4 columns. Width divisible by 4.
struct Params {
  rows: u32,
  width: u32,
  first: u32,
  count: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> table: array<vec4f>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  if (index >= params.rows * c4) {
    return;
  }
  // Ids below `first` wrap around to beyond `count`.
  let row = ids[index / c4] - params.first;
  if (row < params.count) {
    out[index] = table[row * c4 + index % c4];
  }
}
