import { describe, expect, it } from 'vitest';

describe('the test browser', () => {
  it('offers a WebGPU adapter and runs a WGSL kernel', async () => {
    const adapter = await navigator.gpu.requestAdapter();
    if (adapter === null) throw new Error('No adapter: the browser flags of the tests are wrong.');
    const device = await adapter.requestDevice();
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC;
    const output = device.createBuffer({ size: 256, usage });
    const staging = device.createBuffer({
      size: 256,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    const module = device.createShaderModule({
      code: `@group(0) @binding(0) var<storage, read_write> y: array<u32>;
        @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
          y[id.x] = id.x * id.x;
        }`,
    });
    const pipeline = await device.createComputePipelineAsync({
      layout: 'auto',
      compute: { module, entryPoint: 'main' },
    });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(
      0,
      device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: [{ binding: 0, resource: { buffer: output } }],
      }),
    );
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(output, 0, staging, 0, 256);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const squares = Array.from(new Uint32Array(staging.getMappedRange()));
    device.destroy();
    expect(squares).toEqual(Array.from({ length: 64 }, (_, index) => index * index));
  });
});
