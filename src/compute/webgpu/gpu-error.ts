import { AppError } from '../../core/errors.ts';

/** What the browser says of a command that failed, as the page shows it. */
export function gpuError(error: GPUError): AppError {
  if (error instanceof GPUOutOfMemoryError) {
    return new AppError('gpu-out-of-memory', `The GPU is out of memory: ${error.message}`, {
      hint: 'Choose a smaller model or batch, or close other tabs.',
    });
  }
  return new AppError('gpu-validation', `The GPU refused a command: ${error.message}`, {
    hint: 'This is a fault of the program; finished cells are saved.',
  });
}
