/** Kinds of memory that JavaScript has and native code must get along with. */

interface ResizableArrayBuffer extends ArrayBuffer {
  resize(size: number): void;
}

/** Memory whose size may change (ES2024, newer than the types that the project compiles with). */
export function resizableBuffer(size: number, maxByteLength: number): ResizableArrayBuffer {
  const Constructor = ArrayBuffer as unknown as new (
    size: number,
    options: { maxByteLength: number },
  ) => ResizableArrayBuffer;
  return new Constructor(size, { maxByteLength });
}

/** A view of memory that was transferred away. */
export function detachedView(): Uint8Array {
  const view = new Uint8Array([1, 2, 3]);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}
