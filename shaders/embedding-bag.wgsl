// Sums of embedding rows: out[n, :] (+)= sum of table[ids[i] - first, :] over the entries i of
// [starts[n], starts[n + 1]) whose rows are among the table's `count`; other ranges hold the rest.
// One thread per 4 columns; entries in order. Width divisible by 4.
struct Params {
  rows: u32,
  width: u32,
  first: u32,
  count: u32,
  adds: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<storage, read> table: array<vec4f>;
@group(0) @binding(2) var<storage, read> ids: array<u32>;
@group(0) @binding(3) var<storage, read> starts: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn bag(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  if (index >= params.rows * c4) {
    return;
  }
  let bag = index / c4;
  let column = index % c4;
  var sum = vec4f();
  if (params.adds != 0u) {
    sum = out[index];
  }
  for (var i = starts[bag]; i < starts[bag + 1u]; i++) {
    // Ids below `first` wrap around to beyond `count`.
    let row = ids[i] - params.first;
    if (row < params.count) {
      sum += table[row * c4 + column];
    }
  }
  out[index] = sum;
}
