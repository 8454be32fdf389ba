// Gradient of an embedding without atomics: the host sorts positions by token (counting sort), so
// positions[starts[v] .. starts[v + 1]] are the rows of token v in rising order.
// dtable[v, :] += sum of their dy rows. One thread per 4 columns of a token.
struct Params {
  vocabulary: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read_write> dtable: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read> positions: array<u32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let c4 = params.width / 4u;
  if (index >= params.vocabulary * c4) {
    return;
  }
  let token = index / c4;
  let column = index % c4;
  let first = starts[token];
  let last = starts[token + 1u];
  if (first == last) {
    return;
  }
  var sum = vec4f();
  for (var i = first; i < last; i++) {
    sum += dy[positions[i] * c4 + column];
  }
  dtable[index] += sum;
}
