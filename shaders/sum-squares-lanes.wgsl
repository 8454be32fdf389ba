// Sum of squares in chunks of 4096 for hardware adapters: one workgroup a chunk; sum-squares.wgsl
// has one thread a chunk.
struct Params {
  length: u32,
}

@group(0) @binding(0) var<storage, read_write> partial: array<f32>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

const CHUNK4: u32 = 1024u;
const THREADS: u32 = 64u;

var<workgroup> sums: array<f32, THREADS>;

@compute @workgroup_size(64)
fn sum_squares(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let chunk = group.y * groups.x + group.x;
  let last = min((chunk + 1u) * CHUNK4, params.length / 4u);
  var sum = vec4f();
  for (var i = chunk * CHUNK4 + thread; i < last; i += THREADS) {
    sum += gradients[i] * gradients[i];
  }
  sums[thread] = dot(sum, vec4f(1.0));
  workgroupBarrier();
  for (var step = THREADS / 2u; step > 0u; step /= 2u) {
    if (thread < step) {
      sums[thread] += sums[thread + step];
    }
    workgroupBarrier();
  }
  if (thread == 0u && chunk * CHUNK4 < params.length / 4u) {
    partial[chunk] = sums[0];
  }
}
