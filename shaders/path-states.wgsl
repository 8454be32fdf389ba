// What a beam is decoded from next: out[b] = states[row] + codes[code row] + prefixes[node], with
// row, node and code row of `chosen`. One thread per 4 columns. Width divisible by 4.
struct Params {
  beams: u32,
  width: u32,
  has_prefixes: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> states: array<vec4f>;
@group(0) @binding(2) var<storage, read> codes: array<vec4f>;
@group(0) @binding(3) var<storage, read> prefixes: array<vec4f>;
@group(0) @binding(4) var<storage, read> chosen: array<vec4u>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn path_states(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  if (index >= params.beams * c4) {
    return;
  }
  let own = chosen[index / c4];
  let column = index % c4;
  var sum = states[own.x * c4 + column] + codes[own.z * c4 + column];
  if (params.has_prefixes != 0u) {
    sum += prefixes[own.y * c4 + column];
  }
  out[index] = sum;
}
