// A camera that sends JPEG pictures over RTSP (RFC 2435, interleaved): two pictures
// in turn, one light and one dark.
import { execFileSync } from "node:child_process";
import { createServer } from "node:net";

const fps = 5;
const [width, height] = [320, 176];

function picture(color) {
  const jpeg = execFileSync("ffmpeg", ["-loglevel", "error", "-f", "lavfi", "-i", `color=${color}:s=${width}x${height}`, "-frames:v", "1", "-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-huffman", "default", "-f", "image2pipe", "-"]);
  const tables = [];
  for (let i = 2; ;) {
    const [marker, length] = [jpeg[i + 1], jpeg.readUInt16BE(i + 2)];
    const body = jpeg.subarray(i + 4, i + 2 + length);
    if (marker === 0xdb) for (let j = 0; j < body.length; j += 65) tables.push(body.subarray(j + 1, j + 65));
    i += 2 + length;
    if (marker === 0xda) {
      if (tables.length === 1) tables.push(tables[0]);
      return { tables: Buffer.concat(tables.slice(0, 2)), scan: jpeg.subarray(i, jpeg.length - 2) };
    }
  }
}

/** The interleaved frames of one picture; `at` is its RTP time. */
function packets({ tables, scan }, at, sequence) {
  const out = [];
  for (let offset = 0; offset < scan.length;) {
    const part = scan.subarray(offset, offset + 1200);
    const last = offset + part.length >= scan.length;
    const rtp = Buffer.from([0x80, 26 | (last ? 0x80 : 0), 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
    rtp.writeUInt16BE(sequence.next++ & 0xffff, 2);
    rtp.writeUInt32BE(at >>> 0, 4);
    const head = Buffer.from([0, 0, 0, 0, 1, 255, width / 8, height / 8]);
    head.writeUIntBE(offset, 1, 3);
    const quantisers = offset === 0 ? [Buffer.from([0, 0, 0, tables.length]), tables] : [];
    const body = Buffer.concat([rtp, head, ...quantisers, part]);
    const frame = Buffer.from([0x24, 0, 0, 0]);
    frame.writeUInt16BE(body.length, 2);
    out.push(frame, body);
    offset += part.length;
  }
  return Buffer.concat(out);
}

/** Resolves with its RTSP address and stop(). */
export async function startJPEGCamera() {
  const pictures = [picture("white"), picture("black")];
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    let timer;
    let text = "";
    socket.on("error", () => {}).on("close", () => { clearInterval(timer); sockets.delete(socket); });
    const answer = (seq, lines, body = "") => socket.write([`RTSP/1.0 200 OK`, `CSeq: ${seq}`, ...lines, ...(body ? [`Content-Length: ${body.length}`] : []), "", body].join("\r\n"));
    socket.on("data", (data) => {
      if (data[0] === 0x24) return; // receiver reports
      text += data.toString("latin1");
      for (let end; (end = text.indexOf("\r\n\r\n")) >= 0; text = text.slice(end + 4)) {
        const request = text.slice(0, end);
        const method = request.split(" ", 1)[0];
        const seq = /^CSeq: *(\d+)/im.exec(request)?.[1];
        if (method === "OPTIONS") answer(seq, ["Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"]);
        else if (method === "DESCRIBE") answer(seq, ["Content-Type: application/sdp"], ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=JPEG", "t=0 0", "m=video 0 RTP/AVP 26", "a=control:track", ""].join("\r\n"));
        else if (method === "SETUP") answer(seq, ["Session: 1", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"]);
        else if (method === "PLAY") {
          answer(seq, ["Session: 1"]);
          const sequence = { next: 1 };
          let n = 0;
          timer = setInterval(() => { socket.write(packets(pictures[n % 2], n * (90000 / fps), sequence)); n++; }, 1000 / fps);
        } else answer(seq, ["Session: 1"]);
      }
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    main: `rtsp://127.0.0.1:${server.address().port}/jpeg`,
    stop: () => new Promise((done) => {
      for (const s of sockets) s.destroy();
      server.close(done);
    }),
  };
}
