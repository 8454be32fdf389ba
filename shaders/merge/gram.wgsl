// Scalar products of up to four operands (or of their differences from an origin) within blocks of
// vectors: one workgroup a block, ten products a block. A lane adds at most 16 products of a block,
// then 64 lanes are added as a tree: always in the same order. The host adds the blocks in float64.

struct Params {
  blocks: u32,
  // Operands in use; the products of the others are zero.
  operands: u32,
  // 1: differences from origin, 0: the operands themselves.
  relative: u32,
  // Where the block sums of this dispatch begin, in blocks.
  first: u32,
}

const PRODUCTS: u32 = 10u;
const LANES: u32 = 64u;

@group(0) @binding(0) var<storage, read_write> sums: array<f32>;
// Per block: first element, elements, stride between them, vector.
@group(0) @binding(1) var<storage, read> blocks: array<vec4u>;
@group(0) @binding(2) var<storage, read> origin: array<f32>;
@group(0) @binding(3) var<storage, read> x0: array<f32>;
@group(0) @binding(4) var<storage, read> x1: array<f32>;
@group(0) @binding(5) var<storage, read> x2: array<f32>;
@group(0) @binding(6) var<storage, read> x3: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

// Products 00 01 02 03, 11 12 13 22, 23 33 of each lane.
var<workgroup> partial: array<f32, 640>;

@compute @workgroup_size(64)
fn gram(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  for (var b = group.y * groups.x + group.x; b < params.blocks; b += groups.x * groups.y) {
    let block = blocks[b];
    var first = vec4f();
    var second = vec4f();
    var third = vec2f();
    for (var j = lane; j < block.y; j += LANES) {
      let i = block.x + j * block.z;
      let shift = select(0.0, origin[i], params.relative == 1u);
      var x = vec4f(x0[i] - shift, 0.0, 0.0, 0.0);
      if (params.operands > 1u) {
        x.y = x1[i] - shift;
      }
      if (params.operands > 2u) {
        x.z = x2[i] - shift;
      }
      if (params.operands > 3u) {
        x.w = x3[i] - shift;
      }
      first += x.x * x;
      second += x.yyyz * x.yzwz;
      third += x.zw * x.ww;
    }
    for (var k = 0u; k < 4u; k++) {
      partial[k * LANES + lane] = first[k];
      partial[(4u + k) * LANES + lane] = second[k];
    }
    partial[8u * LANES + lane] = third.x;
    partial[9u * LANES + lane] = third.y;
    workgroupBarrier();
    for (var width = LANES / 2u; width > 0u; width /= 2u) {
      if (lane < width) {
        for (var k = 0u; k < PRODUCTS; k++) {
          partial[k * LANES + lane] += partial[k * LANES + lane + width];
        }
      }
      workgroupBarrier();
    }
    if (lane < PRODUCTS) {
      sums[(params.first + b) * PRODUCTS + lane] = partial[lane * LANES];
    }
    workgroupBarrier();
  }
}
