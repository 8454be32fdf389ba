// One step of Adam without weight decay on vectors of the work buffer. A record has four vectors
// behind each other: the gradient, both moments and what the steps have moved so far.

struct Params {
  block_count: u32,
  records: u32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  // lr / (1 - beta1^t)
  rate: f32,
  // 1 / (1 - beta2^t)
  correction: f32,
}

@group(0) @binding(0) var<storage, read_write> work: array<f32>;
@group(0) @binding(1) var<storage, read> jobs: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

const BLOCK: u32 = 1024u;

@compute @workgroup_size(64)
fn spectral_adam(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = group.y * groups.x + group.x;
  if (block >= params.block_count) {
    return;
  }
  // Places of gradient, first and second moment and movement; elements.
  let job = params.records + jobs[block * 2u] * 5u;
  let first = jobs[block * 2u + 1u];
  let end = min(first + BLOCK, jobs[job + 4u]);
  for (var e = first + lane; e < end; e += 64u) {
    let gradient = work[jobs[job] + e];
    let mean_at = jobs[job + 1u] + e;
    let square_at = jobs[job + 2u] + e;
    let moved_at = jobs[job + 3u] + e;
    let mean = params.beta1 * work[mean_at] + (1.0 - params.beta1) * gradient;
    let square = params.beta2 * work[square_at] + (1.0 - params.beta2) * gradient * gradient;
    work[mean_at] = mean;
    work[square_at] = square;
    work[moved_at] -= params.rate * mean / (sqrt(square * params.correction) + params.epsilon);
  }
}
