// Package timeserver is a time server on loopback: the server's side of SNTP (RFC 4330),
// as simple as tests and measurements need it.
package timeserver

import (
	"bytes"
	"encoding/binary"
	"net"
	"time"
)

const (
	size       = 48     // of a packet without extensions
	version    = 4 << 3 // in the first byte
	modeServer = 4
)

// Stamp writes a time into the first eight bytes of b as it stands in a packet.
func Stamp(b []byte, t time.Time) {
	const to1970 = 2_208_988_800
	binary.BigEndian.PutUint32(b, uint32(t.Unix()+to1970))
	binary.BigEndian.PutUint32(b[4:], uint32(uint64(t.Nanosecond())<<32/1e9))
}

// Reply is the answer to a question of a server of stratum 2 whose clock stands at t and
// that may be wrong by half a second. A question that is none gives nil.
func Reply(question []byte, t time.Time) []byte {
	if len(question) < size {
		return nil
	}
	b := make([]byte, size)
	b[0], b[1] = version|modeServer, 2
	binary.BigEndian.PutUint32(b[4:], 1<<15) // half a second to its reference and back
	binary.BigEndian.PutUint32(b[8:], 1<<14) // a quarter of dispersion
	copy(b[24:32], question[40:48])
	Stamp(b[32:], t)
	Stamp(b[40:], t)
	return b
}

// Serve sends what answer makes of every packet, until stop, which waits.
func Serve(answer func(question []byte) [][]byte) (address string, stop func(), err error) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 1024)
		for {
			n, from, err := pc.ReadFrom(b)
			if err != nil {
				return
			}
			for _, a := range answer(bytes.Clone(b[:n])) {
				if _, err := pc.WriteTo(a, from); err != nil {
					return
				}
			}
		}
	}()
	return pc.LocalAddr().String(), func() { pc.Close(); <-done }, nil
}
