/** Places in texts: the server counts bytes of UTF-8, the browser UTF-16 units. */

export const bytesBefore = (text: string, unit: number) =>
  new TextEncoder().encode(text.slice(0, unit)).length;

export const textBefore = (text: string, byte: number) =>
  new TextDecoder().decode(new TextEncoder().encode(text).slice(0, byte));

export const textFrom = (text: string, byte: number) =>
  new TextDecoder().decode(new TextEncoder().encode(text).slice(byte));
