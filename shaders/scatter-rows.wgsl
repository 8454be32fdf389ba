// Gradient of a selection of rows: dx[n] (+)= dy[slots[n]], 0 for rows that were not selected.
// One thread per 4 columns. Width divisible by 4.
const NOT_SELECTED: u32 = 0xffffffffu;

struct Params {
  rows: u32,
  width: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read> slots: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn scatter(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  if (index >= params.rows * c4) {
    return;
  }
  let slot = slots[index / c4];
  var value = vec4f();
  if (slot != NOT_SELECTED) {
    value = dy[slot * c4 + index % c4];
  }
  if (params.accumulate != 0u) {
    value += dx[index];
  }
  dx[index] = value;
}
