"use strict";
// The bytes of a text of the page: base85 as Python's `b85encode` writes it, with a comma in place of `<`, so that no
// text ends the element it stands in; and unpacked.
const unpack = async (text) => {
  const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~";
  const digits = new Uint8Array(128);
  for (let digit = 0; digit < letters.length; digit++) digits[letters.charCodeAt(digit)] = digit;
  const groups = Math.ceil(text.length / 5), bytes = new Uint8Array(4 * groups), view = new DataView(bytes.buffer);
  for (let group = 0; group < groups; group++) {
    let number = 0;
    for (let at = 5 * group; at < 5 * group + 5; at++) number = 85 * number + (digits[text.charCodeAt(at)] ?? 84);
    view.setUint32(4 * group, number);
  }
  const packed = bytes.subarray(0, text.length - groups); // the last group may be shorter
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};
const unpackText = async (text) => new TextDecoder().decode(await unpack(text));
