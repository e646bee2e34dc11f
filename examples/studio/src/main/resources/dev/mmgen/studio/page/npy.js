/** Reads a NumPy array of little-endian float32 or int32, as the studio sends them: {shape, values}. */
export function readNpy(buffer) {
  const view = new DataView(buffer);
  const length = view.getUint8(6) === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = (view.getUint8(6) === 1 ? 10 : 12) + length;
  const header = new TextDecoder().decode(new Uint8Array(buffer, start - length, length));
  const shape = /\(([^)]*)\)/.exec(header)[1].split(',').filter(part => part.trim()).map(Number);
  const type = /'descr': *'([^']*)'/.exec(header)[1];
  const bytes = buffer.slice(start);
  if (type !== '<f4' && type !== '<i4') {
    throw new Error(`an array of ${type} cannot be shown`);
  }
  return {shape, values: type === '<f4' ? new Float32Array(bytes) : new Int32Array(bytes)};
}
