// Adds embedding rows: out[n, :] = x[n, :] + table[ids[n], :]. One thread per 4 columns. Width
// divisible by 4, ids below the table's rows.
struct Params {
  rows: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> table: array<vec4f>;
@group(0) @binding(3) var<storage, read> ids: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn add_embedding(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  if (index < params.rows * c4) {
    out[index] = x[index] + table[ids[index / c4] * c4 + index % c4];
  }
}
