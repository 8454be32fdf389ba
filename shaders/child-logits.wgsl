// Logits of each row's own run of children: logits[start + k] = x[row] . children[first + k].
// One thread per row and place of a child; `most` places a row. Width divisible by 4.
struct Params {
  rows: u32,
  most: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read_write> logits: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> children: array<vec4f>;
// first child, number of children (0 = not scored), start of the logits, place of the target.
@group(0) @binding(3) var<storage, read> runs: array<vec4u>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn child_logits(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.y * groups.x * 64u + id.x;
  let row = index / params.most;
  let place = index % params.most;
  if (row >= params.rows) {
    return;
  }
  let run = runs[row];
  if (place >= run.y) {
    return;
  }
  let c4 = params.width / 4u;
  let child = (run.x + place) * c4;
  var sums = vec4f();
  for (var c = 0u; c < c4; c++) {
    sums += x[row * c4 + c] * children[child + c];
  }
  logits[run.z + place] = (sums.x + sums.y) + (sums.z + sums.w);
}
