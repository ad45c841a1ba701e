// DataRow messages that lie one after the other, type byte and length included: told apart without an object for each,
// since results have thousands.

/** Where each message ends. The length word counts itself and not the type byte before it. */
function endOf(view: DataView, start: number): number {
  return start + 1 + view.getInt32(start + 1);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Messages `from` to before `to`. */
export function sliceDataRows(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const view = viewOf(bytes);
  let start = 0;
  let end = 0;
  for (let index = 0; index < to; index += 1) {
    if (index === from) start = end;
    end = endOf(view, end);
  }
  return bytes.subarray(start, end);
}

/** Each message, as a view. */
export function splitDataRows(bytes: Uint8Array): Uint8Array[] {
  const view = viewOf(bytes);
  const messages: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = endOf(view, start);
    messages.push(bytes.subarray(start, end));
    start = end;
  }
  return messages;
}
