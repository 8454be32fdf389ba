export { scratchBytes, setScratch } from './scratch';
